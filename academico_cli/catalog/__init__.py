"""The catalogue: what is stored where, read from the database itself: it cannot disagree."""

from academico_cli.catalog.mermaid import er_diagram
from academico_cli.catalog.page import page
from academico_cli.catalog.reading import read

__all__ = ["er_diagram", "page", "read"]
