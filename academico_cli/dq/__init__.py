"""Schema core: the rules of data quality, and what they found."""
