"""Calls of the services of the audit trail."""

CALLS = {
    "portal.audit.services.record_export": lambda world: {
        "rows": 3,
        "filters": "subject=checkout",
        "actor": world.audrey,
    },
}
