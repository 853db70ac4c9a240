"""The audit trail: a closed vocabulary, one event per state change, append-only."""
