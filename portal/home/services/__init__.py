"""What the home app does: it fills an empty portal with the demo company."""
