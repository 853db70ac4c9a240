"""Making and changing rotas: who may, from when, and each fault of a definition with its mend."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from oncall.models import Change, DutyRole, Resolution
from oncall.rota import LayerDraft, faults
from oncall.services.overrides import OverrideError, cancel_override, make_override
from oncall.services.rotas import (
    CentralError,
    DefinitionError,
    RetiredRotaError,
    RotaSlugError,
    StaleError,
    StartError,
    change_definition,
    change_rota,
    make_central,
    retire_rota,
)
from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from tests.conftest import NOW
from tests.oncall.scene import at, layer, layers, on_call, people, rota


@pytest.mark.parametrize("who", ["bob", "charlie", "eve", "audrey"])
def test_only_leads_and_operations_make_rotas(world, who):
    with pytest.raises(NotAllowedError):
        rota(world, actor=getattr(world, who))


def test_operations_make_rotas_of_any_team(world):
    assert rota(world, actor=world.olive).slug == "acquiring-at-night"


def test_two_rotas_have_two_addresses(world):
    rota(world)
    with pytest.raises(RotaSlugError, match="acquiring-at-night"):
        rota(world)


@pytest.mark.parametrize("name", ["New", "import"])
def test_no_rota_takes_the_address_of_a_page(world, name):
    with pytest.raises(RotaSlugError, match="an address of the portal"):
        rota(world, name=name)


@pytest.mark.parametrize(("days", "words"), [(-2, "is a record"), (400, "more than a year")])
def test_a_definition_begins_neither_in_the_past_nor_in_years(world, days, words):
    with pytest.raises(StartError, match=words):
        rota(world, starts_at=NOW + timedelta(days=days))


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": " "}, "name", "Give the layer a name"),
        ({"role": "king"}, "role", "none of those"),
        ({"groups": ()}, "groups", "at least one person"),
        ({"groups": ((),)}, "groups", "would be a gap"),
        ({"groups": ((1, 2),)}, "groups", "One person at a time"),
        ({"groups": ((1,),) * 101}, "groups", "At most 100"),
        ({"length": 0}, "length", "from 1 to 366"),
        ({"turn_days": (3, 0)}, "turn_days", "from 1 to 366"),
        ({"zone": "London"}, "zone", "Europe/London"),
        ({"starts_at": at("2026-04-01"), "ends_at": at("2026-03-01")}, "ends_at", "ends before"),
        ({"hours": "WEEKLY"}, "windows", "Say on which days"),
        ({"hours": "WEEKLY", "windows": ({"days": [8]},)}, "windows", "from 1, Monday"),
        (
            {"hours": "WEEKLY", "windows": ({"days": [], "opens": "18:00", "closes": "9:00"},)},
            "windows",
            "from 1, Monday",
        ),
    ],
)
def test_each_fault_of_a_layer_is_told_with_its_mend(values, field, words):
    draft = LayerDraft(
        **{"name": "Nights", "groups": ((1,),), "begins_on": date(2026, 3, 2), **values}
    )
    (found,) = faults([draft], is_union=False)
    assert (found.layer, found.field) == (0, field)
    assert words in found.words


def test_two_layers_of_one_role_differ_in_priority(world):
    some = people(world)
    with pytest.raises(DefinitionError) as refusal:
        rota(world, drafts=[layer(some), layer(some, name="Weekends")])
    (fault,) = refusal.value.faults
    assert (fault.layer, fault.field) == (1, "priority")
    assert "“Primary” has the same role" in fault.words
    fine = [layer(some), layer(some, name="Weekends", priority=1)]
    assert rota(world, drafts=fine).versions.count() == 1


def test_everybody_at_once_may_share(world):
    some = people(world)
    drafts = [layer(some, groups=(tuple(one.pk for one in some),)), layer(some, name="Others")]
    one = rota(world, drafts=drafts, resolution=Resolution.UNION)
    assert on_call(one, at("2026-03-04T22:00")) == ["Alice", "Bob", "Dora", "Emil"]
    with pytest.raises(DefinitionError):
        rota(world, drafts=drafts, name="One by one")


def test_who_left_takes_no_turns(world):
    world.bob.is_active = False
    world.bob.save()
    with pytest.raises(DefinitionError, match="or left"):
        rota(world)


def test_a_rota_without_layers_is_none(world):
    (fault,) = faults([], is_union=False)
    assert "at least one layer" in fault.words


def test_who_edits_what_another_has_changed_is_told(world):
    one = rota(world)
    change_rota(rota=one, seen=1, actor=world.alice, now=NOW, response_minutes=5)
    with pytest.raises(StaleError, match="while you had it open"):
        change_rota(rota=one, seen=1, actor=world.olive, now=NOW, response_minutes=30)
    with pytest.raises(StaleError):
        change_definition(
            rota=one,
            layers=layers(people(world, 2)),
            starts_at=NOW,
            seen=1,
            actor=world.alice,
            now=NOW,
        )


def test_settings_that_do_not_fit_are_refused(world):
    one = rota(world)
    with pytest.raises(ValidationError):
        change_rota(rota=one, seen=1, actor=world.alice, now=NOW, zone="Mars/Base")
    with pytest.raises(ValidationError):
        change_rota(rota=one, seen=1, actor=world.alice, now=NOW, response_minutes=0)


def test_nothing_is_told_of_a_change_that_changes_nothing(world):
    one = rota(world)
    before = Entry.objects.count()
    assert change_rota(rota=one, seen=1, actor=world.alice, now=NOW, name=one.name).revision == 1
    assert Entry.objects.count() == before


def test_a_retired_rota_is_not_changed(world):
    one = rota(world)
    retire_rota(rota=one, reason="", actor=world.alice, now=NOW)
    for change in (
        lambda: retire_rota(rota=one, reason="", actor=world.alice, now=NOW),
        lambda: change_rota(rota=one, seen=2, actor=world.alice, now=NOW, name="New"),
        lambda: make_central(rota=one, actor=world.olive, now=NOW),
    ):
        with pytest.raises(RetiredRotaError):
            change()


def test_there_is_one_central_support(world):
    one, other = rota(world), rota(world, name="Other")
    with pytest.raises(NotAllowedError):
        make_central(rota=one, actor=world.alice, now=NOW)
    make_central(rota=one, actor=world.olive, now=NOW)
    make_central(rota=other, actor=world.olive, now=NOW)
    one.refresh_from_db()
    assert not one.is_central
    with pytest.raises(CentralError, match="central support"):
        retire_rota(rota=other, reason="", actor=world.olive, now=NOW)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": Change.REPLACE, "comes": "bob"}, "who comes on call and who stands down"),
        ({"kind": Change.COVER}, "who comes on call"),
        ({"kind": Change.REMOVE, "goes": "bob", "comes": "alice"}, "who stands down"),
        ({"kind": Change.REPLACE, "comes": "bob", "goes": "bob"}, "their own place"),
        ({"kind": Change.ADD, "comes": "bob"}, "One person at a time is primary"),
        ({"kind": Change.COVER, "comes": "bob", "ends_at": NOW}, "ends before"),
        ({"kind": Change.COVER, "comes": "bob", "starts_at": NOW - timedelta(days=2)}, "record"),
    ],
)
def test_an_override_makes_sense_or_says_why_not(world, values, words):
    one = rota(world)
    named = {
        key: getattr(world, value)
        if isinstance(value, str) and key in {"comes", "goes"}
        else value
        for key, value in values.items()
    }
    times = {"starts_at": NOW + timedelta(hours=1), "ends_at": NOW + timedelta(hours=2)}
    with pytest.raises(OverrideError, match=words):
        make_override(rota=one, actor=world.alice, now=NOW, **{**times, **named})


def test_a_shadow_comes_beside_the_primary(world):
    one = rota(world)
    make_override(
        rota=one,
        kind=Change.ADD,
        role=DutyRole.SHADOW,
        comes=world.charlie,
        starts_at=at("2026-03-04T20:00"),
        ends_at=at("2026-03-05T06:00"),
        actor=world.alice,
        now=NOW,
    )
    night = at("2026-03-04T22:00")
    assert (on_call(one, night), on_call(one, night, "shadow")) == (["Alice"], ["Charlie"])


def test_an_override_is_cancelled_once_and_not_afterwards(world):
    one = rota(world)
    times: dict[str, Any] = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=9)}
    override, _ = make_override(
        rota=one, kind=Change.COVER, comes=world.bob, actor=world.alice, now=NOW, **times
    )
    with pytest.raises(NotAllowedError):
        cancel_override(override=override, actor=world.bob, now=NOW)
    with pytest.raises(OverrideError, match="is over"):
        cancel_override(override=override, actor=world.alice, now=NOW + timedelta(hours=10))
    cancel_override(override=override, actor=world.alice, now=NOW)
    with pytest.raises(OverrideError, match="already"):
        cancel_override(override=override, actor=world.alice, now=NOW)
