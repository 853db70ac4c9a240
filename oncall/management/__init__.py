"""Commands of the on-call app."""
