"""Reads of notices, contact ways, preferences and deliveries."""
