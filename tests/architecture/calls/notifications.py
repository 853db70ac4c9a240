"""Calls of the services of notifications."""

from datetime import time

from portal.notifications.models import Delivery, DeliveryState, Manner, WayKind
from portal.notifications.rules import QuietWindow
from portal.notifications.services.preferences import Choice
from portal.notifications.services.testing import code_of
from tests.conftest import NOW
from tests.notifications.scene import KIND, asked_way, tell, way

SERVICES = "portal.notifications.services"


def of_bob(world, **more):
    return {"way": way(world.bob), "actor": world.bob} | more


def second_way(world):
    way(world.bob)
    return of_bob(world)


def answer(world):
    asked = asked_way(world.bob)
    return {"way": asked, "code": code_of(asked), "actor": world.bob}


def failed(world):
    """Return a delivery to Bob that was given up."""
    way(world.bob)
    tell(world.bob, key="failed")
    Delivery.objects.filter(notice__key="failed").update(
        state=DeliveryState.FAILED, ended_at=NOW, error="There is no mail server at work."
    )
    return Delivery.objects.get(notice__key="failed")


CALLS = {
    f"{SERVICES}.ways.add_way": lambda world: {
        "kind": WayKind.MAIL,
        "address": "bob@example.com",
        "label": "Work",
        "actor": world.bob,
    },
    f"{SERVICES}.ways.rename_way": lambda world: of_bob(world, label="Work"),
    f"{SERVICES}.ways.try_earlier": second_way,
    f"{SERVICES}.ways.remove_way": of_bob,
    f"{SERVICES}.ways.answer_test": answer,
    f"{SERVICES}.preferences.change_preferences": lambda world: {
        "digest_hour": 9,
        "kinds": {KIND: Choice(Manner.INBOX)},
        "actor": world.bob,
    },
    f"{SERVICES}.preferences.set_quiet_hours": lambda world: {
        "windows": [QuietWindow(time(22), time(7))],
        "actor": world.bob,
    },
    f"{SERVICES}.log.retry_delivery": lambda world: {
        "delivery": failed(world),
        "actor": world.olive,
    },
    f"{SERVICES}.log.record_export": lambda world: {
        "rows": 3,
        "filters": "",
        "actor": world.olive,
    },
}
