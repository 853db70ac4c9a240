"""Calls of the services of on-call that the pages of rotas make."""

CALLS = {
    "oncall.services.exports.record_rotas_export": lambda world: {
        "rows": 1,
        "filters": "q=nights",
        "actor": world.alice,
    },
}
