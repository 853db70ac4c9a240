"""Tags of the templates of on-call."""
