"""Operations of the API on descriptors."""
