"""What people type about on-call."""
