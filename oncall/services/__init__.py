"""Changes of rotas, of who is on call, and of what follows from that."""
