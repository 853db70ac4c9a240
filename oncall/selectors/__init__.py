"""Reads of on-call."""
