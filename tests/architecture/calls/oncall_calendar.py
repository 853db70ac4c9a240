"""Calls of the services of gaps, and what the routes of the calendar need."""

from datetime import timedelta
from typing import Any

from oncall.models import Change, Hours
from oncall.services.leave import add_leave
from oncall.services.overrides import make_override
from tests.conftest import NOW
from tests.oncall.scene import rota

SOON: dict[str, Any] = {"starts_at": NOW + timedelta(hours=1), "ends_at": NOW + timedelta(hours=9)}


def gap(world, found=None):
    """Nobody is on call in working hours, which are to be covered too."""
    return (found or rota(world, hours=Hours.ALWAYS)).gaps.latest("starts_at")


def places(world) -> dict[str, Any]:
    """Return what stands for the converters of the routes of the calendar."""
    found = rota(world, hours=Hours.ALWAYS)
    override, _ = make_override(
        rota=found, kind=Change.COVER, comes=world.alice, actor=world.alice, now=NOW, **SOON
    )
    leave, _ = add_leave(person=world.bob, actor=world.bob, now=NOW, **SOON)
    return {
        "rotas/<slug:slug>": found.slug,
        "overrides/<int:pk>": override.pk,
        "leave/<int:pk>": leave.pk,
        "gaps/<int:pk>": gap(world, found).pk,
    }


CALLS = {
    "oncall.services.gaps.accept_gap": lambda world: {
        "gap": gap(world),
        "note": "Everybody is in the office.",
        "actor": world.alice,
    },
    "oncall.services.gaps.record_export": lambda world: {
        "rows": 3,
        "filters": "team=acquiring",
        "actor": world.alice,
    },
}
