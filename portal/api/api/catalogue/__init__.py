"""Operations of the catalogue. They stand above it, with the tokens that reach it (ADR 9)."""
