"""Facts in for all applications at once, and results out in a few statements."""
