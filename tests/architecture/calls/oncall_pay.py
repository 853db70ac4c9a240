"""Calls of the services of work while on call: call-outs, pay, hand-over."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from oncall.adapters.tariffs import SHIPPED
from oncall.selectors.pay import draft
from tests.conftest import NOW
from tests.oncall.pay.scene import called, past_rota

SERVICES = "oncall.services"
FEBRUARY = date(2026, 2, 1)
BEGAN = NOW - timedelta(hours=11)
LASTED: dict[str, datetime] = {"starts_at": BEGAN, "ends_at": BEGAN + timedelta(hours=1)}


def callout(world):
    return called(past_rota(world, name="Nights of old"), world.bob, BEGAN)


def seen(world):
    past_rota(world)
    return {"team": world.acquiring, "month": FEBRUARY, "actor": world.olive}


CALLS = {
    f"{SERVICES}.handover.leave_note": lambda world: {
        "rota": past_rota(world),
        "text": "Look at the queue.",
        "actor": world.bob,
    },
    f"{SERVICES}.handover.change_wish": lambda world: {
        "only_workdays": True,
        "actor": world.bob,
    },
    f"{SERVICES}.exports.record_fairness_export": lambda world: {
        "team": world.acquiring,
        "rows": 4,
        "period": "The last 13 weeks",
        "actor": world.alice,
    },
    f"{SERVICES}.pay.approve_report": lambda world: (
        seen(world) | {"seen": draft(world.acquiring, FEBRUARY).digest}
    ),
    f"{SERVICES}.pay.define_scheme": lambda world: {
        "team": None,
        "name": "Nights",
        "currency": "GBP",
        "valid_from": FEBRUARY,
        "rules": SHIPPED["flat"]["rules"],
        "actor": world.olive,
    },
    f"{SERVICES}.pay.set_grade": lambda world: {
        "name": "G7",
        "day_rate": Decimal("200.00"),
        "valid_from": FEBRUARY,
        "actor": world.olive,
    },
    f"{SERVICES}.pay.choose_grade": lambda world: {
        "person": world.bob,
        "grade": "",
        "valid_from": FEBRUARY,
        "actor": world.olive,
    },
    f"{SERVICES}.pay.record_export": lambda world: {
        "known": draft(world.acquiring, FEBRUARY),
        "form": "CSV",
        "actor": world.alice,
    },
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
