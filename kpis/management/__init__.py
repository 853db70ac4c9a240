"""Commands of the KPIs."""
