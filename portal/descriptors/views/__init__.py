"""Pages of the catalogue as code."""
