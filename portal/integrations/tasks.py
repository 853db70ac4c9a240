"""Background work of imports: each task makes one call."""
