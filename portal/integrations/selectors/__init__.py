"""Reads of imports and of events."""
