"""Metrics for Prometheus: what is counted, where it comes together, how it is served."""
