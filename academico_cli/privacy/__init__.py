"""``academico privacy``: what is stored about one person, out of the database or for good."""
