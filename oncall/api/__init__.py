"""Operations of the API for on-call."""
