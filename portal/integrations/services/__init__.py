"""Requesting, running and stopping of imports."""
