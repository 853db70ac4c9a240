"""Calls of the services of the API's tokens."""

from datetime import UTC, datetime

from portal.api.types import Scope
from tests.api.tokens import personal_token

SERVICES = "portal.api.services.tokens"
SOON = datetime(2026, 4, 1, tzinfo=UTC)
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)

CALLS = {
    f"{SERVICES}.create_personal_token": lambda world: {
        "name": "laptop",
        "scopes": [Scope.KPIS_READ],
        "expires_at": SOON,
        "actor": world.bob,
    },
    f"{SERVICES}.create_pipeline_token": lambda world: {
        "application": world.checkout,
        "name": "ci",
        "scopes": [Scope.EVENTS_WRITE],
        "expires_at": SOON,
        "actor": world.bob,
    },
    f"{SERVICES}.revoke_token": lambda world: {
        "token": personal_token(world.bob, now=BEFORE).token,
        "actor": world.bob,
    },
}
