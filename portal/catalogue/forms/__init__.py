"""Forms of the catalogue: each turns what was typed into one call of a service."""
