"""Calls of the services of exports."""

CALLS = {
    "kpis.services.exports.record_export": lambda world: {
        "scope": "team:payments",
        "facts": "deployments",
        "rows": 3,
        "filters": "2026-02",
        "actor": world.bob,
    },
}
