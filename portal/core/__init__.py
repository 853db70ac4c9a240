"""Building blocks without models that every other app stands on."""
