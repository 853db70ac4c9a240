"""Shapes of the API of on-call."""
