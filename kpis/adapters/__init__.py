"""Ways into PostgreSQL that Django's models do not offer."""
