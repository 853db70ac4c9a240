"""Background work of the KPIs: each task makes one call."""
