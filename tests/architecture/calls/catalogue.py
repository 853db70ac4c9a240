"""Calls of the services of the catalogue."""

from portal.catalogue.models import Lifecycle, TeamKind, TeamRole, Tier

SERVICES = "portal.catalogue.services"

CALLS = {
    f"{SERVICES}.applications.register_application": lambda world: {
        "name": "Refunds",
        "owner": world.acquiring,
        "tier": Tier.TWO,
        "lifecycle": Lifecycle.PRODUCTION,
        "actor": world.bob,
    },
    f"{SERVICES}.applications.change_application": lambda world: {
        "application": world.checkout,
        "name": "Till",
        "links": [("Wiki", "https://wiki.example.com")],
        "tags": ["java"],
        "actor": world.olive,
    },
    f"{SERVICES}.environments.add_environment": lambda world: {
        "application": world.checkout,
        "name": "Staging",
        "is_production": False,
        "actor": world.bob,
    },
    f"{SERVICES}.environments.change_environment": lambda world: {
        "environment": world.production,
        "name": "Live",
        "actor": world.bob,
    },
    f"{SERVICES}.repositories.add_repository": lambda world: {
        "application": world.checkout,
        "url": "https://git.example.com/new.git",
        "actor": world.bob,
    },
    f"{SERVICES}.repositories.change_repository": lambda world: {
        "repository": world.repository,
        "paths": ["svc/**"],
        "actor": world.bob,
    },
    f"{SERVICES}.teams.create_team": lambda world: {
        "name": "Issuing",
        "kind": TeamKind.TEAM,
        "parent": world.cards,
        "zone": "Europe/London",
        "country": "GB",
        "actor": world.olive,
    },
    f"{SERVICES}.teams.change_team": lambda world: {
        "team": world.acquiring,
        "parent": world.payments,
        "contacts": [("Chat", "#acquiring")],
        "actor": world.olive,
    },
    f"{SERVICES}.members.add_member": lambda world: {
        "team": world.acquiring,
        "person": world.charlie,
        "role": TeamRole.MEMBER,
        "actor": world.alice,
    },
    f"{SERVICES}.members.change_member": lambda world: {
        "team": world.acquiring,
        "person": world.bob,
        "role": TeamRole.LEAD,
        "actor": world.alice,
    },
    f"{SERVICES}.members.remove_member": lambda world: {
        "team": world.acquiring,
        "person": world.bob,
        "actor": world.alice,
    },
    f"{SERVICES}.exports.record_export": lambda world: {
        "of": "applications",
        "rows": 2,
        "filters": "tier=1",
        "actor": world.audrey,
    },
}
