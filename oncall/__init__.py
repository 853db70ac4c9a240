"""Rotas and out-of-hours ownership."""
