"""Calls of the services of work while on call: call-outs, pay, hand-over."""

from datetime import datetime, timedelta

from tests.conftest import NOW
from tests.oncall.pay.scene import called, past_rota

SERVICES = "oncall.services"
BEGAN = NOW - timedelta(hours=11)
LASTED: dict[str, datetime] = {"starts_at": BEGAN, "ends_at": BEGAN + timedelta(hours=1)}


def callout(world):
    return called(past_rota(world), world.bob, BEGAN)


CALLS = {
    f"{SERVICES}.callouts.tell_callout": lambda world: {
        "rota": past_rota(world),
        "person": world.bob,
        "actor": world.bob,
        **LASTED,
    },
    f"{SERVICES}.callouts.correct_callout": lambda world: {
        "callout": callout(world),
        "actor": world.bob,
        **LASTED,
    },
    f"{SERVICES}.callouts.strike_callout": lambda world: {
        "callout": callout(world),
        "actor": world.bob,
    },
}
