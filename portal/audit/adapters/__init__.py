"""What the log needs of the machine: its keys, and its memory beside them."""
