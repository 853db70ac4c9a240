"""People: users, their roles, sign-in and profile."""
