"""Leave and rotas taken in from other programs."""
