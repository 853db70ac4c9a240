"""Calls of the services of on-call."""

from datetime import date, timedelta
from typing import Any

from oncall.models import Change, Hours
from oncall.services.holidays import load_holidays, strike_holiday
from oncall.services.leave import Away, add_leave
from oncall.services.overrides import make_override
from tests.conftest import NOW
from tests.oncall.scene import layers, people, rota

SERVICES = "oncall.services"
SOON: dict[str, Any] = {"starts_at": NOW + timedelta(hours=1), "ends_at": NOW + timedelta(hours=9)}


def overridden(world):
    override, _ = make_override(
        rota=rota(world), kind=Change.COVER, comes=world.bob, actor=world.alice, now=NOW, **SOON
    )
    return override


def away(world):
    leave, _ = add_leave(person=world.bob, actor=world.bob, now=NOW, **SOON)
    return leave


def holiday():
    calendar = load_holidays(country="GB", subdivision="ENG", now=NOW)
    return calendar.days.get(day=date(2026, 4, 3))


def old_calendar():
    load_holidays(country="GB", subdivision="ENG", now=NOW - timedelta(days=400))
    return {}


CALLS = {
    f"{SERVICES}.rotas.create_rota": lambda world: {
        "team": world.acquiring,
        "name": "Nights",
        "layers": layers(people(world)),
        "starts_at": NOW,
        "actor": world.alice,
    },
    f"{SERVICES}.rotas.change_definition": lambda world: {
        "rota": rota(world),
        "layers": layers([world.bob]),
        "starts_at": NOW,
        "seen": 1,
        "reason": "Some left.",
        "actor": world.alice,
    },
    f"{SERVICES}.rotas.change_rota": lambda world: {
        "rota": rota(world),
        "seen": 1,
        "hours": Hours.ALWAYS,
        "actor": world.alice,
    },
    f"{SERVICES}.rotas.retire_rota": lambda world: {
        "rota": rota(world),
        "reason": "We merged.",
        "actor": world.alice,
    },
    f"{SERVICES}.rotas.make_central": lambda world: {"rota": rota(world), "actor": world.olive},
    f"{SERVICES}.overrides.make_override": lambda world: {
        "rota": rota(world),
        "kind": Change.COVER,
        "comes": world.bob,
        "reason": "A wedding.",
        "actor": world.alice,
        **SOON,
    },
    f"{SERVICES}.overrides.cancel_override": lambda world: {
        "override": overridden(world),
        "actor": world.alice,
    },
    f"{SERVICES}.leave.add_leave": lambda world: {
        "person": world.bob,
        "actor": world.bob,
        **SOON,
    },
    f"{SERVICES}.leave.import_leave": lambda world: {
        "person": world.bob,
        "periods": [Away(**SOON)],
        "source": "calendar:holidays.ics",
        "actor": world.bob,
    },
    f"{SERVICES}.leave.cancel_leave": lambda world: {"leave": away(world), "actor": world.bob},
    f"{SERVICES}.holidays.load_holidays": lambda _world: {"country": "GB", "subdivision": "SCT"},
    f"{SERVICES}.holidays.extend_calendars": lambda _world: old_calendar(),
    f"{SERVICES}.holidays.add_holiday": lambda world: {
        "calendar": holiday().calendar,
        "day": date(2026, 6, 15),
        "name": "Jubilee",
        "actor": world.olive,
    },
    f"{SERVICES}.holidays.strike_holiday": lambda world: {
        "holiday": holiday(),
        "actor": world.olive,
    },
    f"{SERVICES}.holidays.restore_holiday": lambda world: {
        "holiday": strike_holiday(holiday=holiday(), actor=world.olive, now=NOW),
        "actor": world.olive,
    },
}
