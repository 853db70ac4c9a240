"""What every operation of the API shares: tokens, idempotency keys, conditions, paging."""
