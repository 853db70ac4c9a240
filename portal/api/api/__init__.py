"""Operations of the API, and what all of them share."""
