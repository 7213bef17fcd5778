"""Faults of the data, injected one by one, and which rules of quality find them."""
