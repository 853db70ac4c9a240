"""Calls of the services of the integrations."""

from datetime import UTC, datetime
from uuid import uuid4

from portal.integrations.adapters.git import Selection
from portal.integrations.adapters.sources import parse
from portal.integrations.models import (
    MOST_ATTEMPTS,
    EventState,
    HistoryImport,
    ImportState,
    ReceivedEvent,
)

SERVICES = "portal.integrations.services"
EARLIER = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)


def job(world, **values):
    return HistoryImport.objects.create(
        application=world.checkout,
        environment=world.production,
        source="/srv/git/checkout.git",
        requested_by=world.bob.label,
        requested_at=EARLIER,
        **values,
    )


def request(world, **more):
    return {
        "application": world.checkout,
        "environment": world.production,
        "source": parse("/srv/git/checkout.git"),
        "selection": Selection("v*"),
        **more,
    }


def interrupted(world):
    """The third worker has gone, so that the import is given up."""
    job(world, state=ImportState.RUNNING, attempts=MOST_ATTEMPTS, leased_until=EARLIER)
    return {}


def failed(world):
    return ReceivedEvent.objects.create(
        public_id=uuid4(),
        sender=world.bob.label,
        source="ci",
        event_id="17",
        type="deployment",
        body=b"{}",
        occurred_at=EARLIER,
        received_at=EARLIER,
        application=world.checkout,
        state=EventState.FAILED,
        reason="Checkout has no environment “live”.",
        processed_at=EARLIER,
    )


CALLS = {
    f"{SERVICES}.exports.record_export": lambda world: {
        "rows": 3,
        "filters": "state=FAILED",
        "actor": world.bob,
    },
    f"{SERVICES}.replay.replay_events": lambda world: {
        "ids": [failed(world).pk],
        "actor": world.bob,
    },
    f"{SERVICES}.requests.request_import": lambda world: request(world, actor=world.bob),
    f"{SERVICES}.requests.repeat_import": lambda world: {
        "job": job(world, state=ImportState.SUCCEEDED),
        "actor": world.bob,
    },
    f"{SERVICES}.requests.begin_import": request,
    f"{SERVICES}.requests.cancel_import": lambda world: {"job": job(world), "actor": world.bob},
    f"{SERVICES}.runs.fail_import": lambda world: {
        "job": job(world, state=ImportState.RUNNING, attempts=1),
        "problem": "The disk of the server is full.",
    },
    f"{SERVICES}.runs.resume_imports": interrupted,
}
