"""Template tags of the KPI pages."""
