"""From student events to audited KPIs: consumer, warehouse, marts and command line."""
