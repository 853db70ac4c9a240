"""Whose shifts an override or leave made others is told once, but not who made it so."""

from datetime import timedelta

import pytest

from oncall.models import Change
from oncall.services.leave import add_leave, cancel_leave
from oncall.services.overrides import cancel_override, make_override
from portal.notifications.models import Notice
from tests.conftest import NOW
from tests.oncall.scene import at, people, rota

pytestmark = pytest.mark.django_db
NIGHT = {"starts_at": at("2026-03-05T19:00"), "ends_at": at("2026-03-05T23:00")}
AWAY = {"starts_at": at("2026-03-05T00:00"), "ends_at": at("2026-03-07T00:00")}


def told():
    """Return whom notices are about shifts that changed for, with what they say, and forget them."""
    found = Notice.objects.filter(kind="oncall.shift.changed").order_by("user__name", "pk")
    seen = [(one.user.name, one.title, one.text) for one in found.select_related("user")]
    found.delete()
    return seen


def names():
    return [name for name, _, _ in told()]


def test_an_override_tells_who_comes_and_who_goes_and_so_does_taking_it_back(world):
    one = rota(world)
    dora = people(world)[2]
    Notice.objects.all().delete()
    override, _ = make_override(
        rota=one, kind=Change.COVER, comes=dora, actor=world.olive, now=NOW, **NIGHT
    )
    # Alice is primary that week.
    title = "Your shifts in Acquiring at night changed"
    hours = "Thu 5 Mar 19:00 to 23:00"
    words = f"Olive changed who is on call on {hours}. See when you are on call now."
    assert told() == [("Alice", title, words), ("Dora", title, words)]
    cancel_override(override=override, actor=world.olive, now=NOW + timedelta(hours=1))
    words = f"Olive took back the override of {hours}. See when you are on call now."
    assert told() == [("Alice", title, words), ("Dora", title, words)]


def test_who_makes_an_override_is_not_told_of_it(world):
    one = rota(world)
    Notice.objects.all().delete()
    override, _ = make_override(
        rota=one, kind=Change.COVER, comes=people(world)[2], actor=world.alice, now=NOW, **NIGHT
    )
    assert names() == ["Dora"]
    cancel_override(override=override, actor=world.alice, now=NOW)
    assert names() == ["Dora"]


def test_an_override_that_changes_no_shift_tells_nobody(world):
    one = rota(world)
    Notice.objects.all().delete()
    make_override(
        rota=one, kind=Change.COVER, comes=world.alice, actor=world.olive, now=NOW, **NIGHT
    )
    assert told() == []


def test_leave_told_by_the_lead_tells_whose_shifts_open_once_for_all_rotas(world):
    rota(world, [world.bob])
    rota(world, [world.bob], name="Acquiring by day")
    Notice.objects.all().delete()
    leave, _ = add_leave(person=world.bob, actor=world.alice, now=NOW, **AWAY)
    ((name, title, text),) = told()
    assert name == "Bob"
    assert title == "Your shifts in Acquiring at night and Acquiring by day changed"
    assert text == "Alice changed who is away. See when you are on call now."
    cancel_leave(leave=leave, actor=world.alice, now=NOW)
    assert names() == ["Bob"]


def test_ones_own_leave_opens_gaps_and_tells_nobody(world):
    one = rota(world, [world.bob, people(world)[2]])
    Notice.objects.all().delete()
    leave, changed = add_leave(person=world.bob, actor=world.bob, now=NOW, **AWAY)
    assert changed[one].people == {world.bob.pk}
    cancel_leave(leave=leave, actor=world.bob, now=NOW)
    assert told() == []


def test_leave_when_one_is_on_call_nowhere_tells_nobody(world):
    rota(world)
    Notice.objects.all().delete()
    add_leave(person=world.charlie, actor=world.charlie, now=NOW, **AWAY)
    assert told() == []
