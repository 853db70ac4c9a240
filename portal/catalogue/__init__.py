"""The nouns everything else points at: teams, applications, environments."""
