"""``academico backup`` and ``restore``: a dump that is known to be whole, because it was tried."""
