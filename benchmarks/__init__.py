"""How fast academico is, measured against what the broker and the database can do: `make bench`."""
