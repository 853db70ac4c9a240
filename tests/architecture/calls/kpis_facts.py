"""Calls of the services of the delivery facts."""

from datetime import timedelta
from uuid import uuid4

from kpis.models import Incident
from kpis.types import Told, ToldDeployment
from tests.conftest import NOW
from tests.kpis.histories import change, deployment

SERVICES = "kpis.services"


def incident(world, **values):
    return Incident.objects.create(
        application=world.checkout,
        source="manual",
        external_id="1",
        title="Cards declined",
        opened_at=NOW - timedelta(hours=2),
        **values,
    )


def told(world):
    return ToldDeployment(
        application_id=world.checkout.pk,
        environment_id=world.production.pk,
        external_id="ci#17",
        event=uuid4(),
        status="SUCCEEDED",
        started_at=None,
        finished_at=NOW,
    )


CALLS = {
    f"{SERVICES}.told.record_told": lambda world: {
        "told": Told(deployments=[told(world)]),
        "actor": "system:events",
    },
    f"{SERVICES}.history.record_history": lambda world: {
        "application": world.checkout,
        "environment": world.production,
        "repository": world.repository,
        "source": "git",
        "deployments": [deployment("v1", NOW, contains=["a"])],
        "changes": [change("a", NOW - timedelta(days=1))],
        "actor": "command:import_git",
    },
    f"{SERVICES}.incidents.open_incident": lambda world: {
        "application": world.checkout,
        "title": "Cards declined",
        "severity": 2,
        "opened_at": NOW - timedelta(hours=1),
        "actor": world.bob,
    },
    f"{SERVICES}.incidents.change_incident": lambda world: {
        "incident": incident(world),
        "title": "Some cards declined",
        "severity": 3,
        "opened_at": NOW - timedelta(hours=1),
        "environment": world.production,
        "actor": world.bob,
    },
    f"{SERVICES}.incidents.resolve_incident": lambda world: {
        "incident": incident(world),
        "resolved_at": NOW,
        "actor": world.bob,
    },
    f"{SERVICES}.incidents.reopen_incident": lambda world: {
        "incident": incident(world, resolved_at=NOW),
        "actor": world.bob,
    },
    f"{SERVICES}.incidents.attribute_incident": lambda world: {
        "incident": incident(world),
        "deployment": None,
        "reason": "The network of the data centre was down.",
        "actor": world.bob,
    },
}
