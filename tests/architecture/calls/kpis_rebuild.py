"""Calls of the services that compute the KPIs."""

CALLS = {
    "kpis.services.rebuild.rebuild": lambda _world: {"actor": "command:rebuild_kpis"},
}
