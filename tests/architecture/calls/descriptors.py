"""Calls of the services of the descriptors."""

SERVICES = "portal.descriptors.services"

CALLS = {
    f"{SERVICES}.exports.record_export": lambda world: {
        "of": "catalogue:descriptors",
        "entities": 3,
        "actor": world.bob.label,
    },
}
