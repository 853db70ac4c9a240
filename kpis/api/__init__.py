"""The KPI API: the same numbers as the pages."""
