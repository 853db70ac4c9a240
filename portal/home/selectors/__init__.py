"""Reads that span the apps below: what waits for somebody, what a search finds."""
