"""What stands between the tables of on-call and its arithmetic, and between it and other formats."""
