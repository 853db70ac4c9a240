"""Pages on imports and on events."""
