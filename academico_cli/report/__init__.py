"""The report for school staff: one HTML page, read from the marts and from what was recorded."""

from academico_cli.report.page import page
from academico_cli.report.reading import bring_up_to_date, read

__all__ = ["bring_up_to_date", "page", "read"]
