"""The door for events, and what became of one."""
