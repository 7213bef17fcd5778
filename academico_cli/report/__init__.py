"""The report for school staff, read from the marts."""
