"""Pictures of who is on call: days, lanes and lists, drawn by the server."""
