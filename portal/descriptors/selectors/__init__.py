"""Reads of what descriptors are compared with, and of synchronisations."""
