"""Pytest plugin: PostgreSQL and Redis for the tests when no address is given."""
