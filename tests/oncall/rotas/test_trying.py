"""A rota before it is stored: days with their marks, gaps in words, shares, and what changes."""

from datetime import date, timedelta

from oncall.models import Shift
from oncall.rota import Mark
from oncall.selectors import trying
from oncall.services.holidays import load_holidays
from oncall.services.leave import add_leave
from oncall.services.rotas import change_definition
from tests.conftest import NOW
from tests.oncall.scene import at, layer, layers, people, rota


def preview(rota, layers, *, starts_at):
    plan = trying.tried(rota, layers, starts_at=starts_at)
    return trying.preview(plan, layers, starts_at=starts_at)


def comparison(rota, layers, *, starts_at):
    plan = trying.tried(rota, layers, starts_at=starts_at)
    return trying.comparison(plan, starts_at=starts_at)


def shown(found, day):
    return next(one for one in found.days if one.day == date.fromisoformat(day))


def on(found, day):
    return {one.role.value: dict(one.people) for one in shown(found, day).duties}


def test_a_row_a_day_says_who_has_which_role_and_when(world):
    some = people(world)
    found = preview(rota(world, some), layers(some), starts_at=NOW)
    assert len(found.days) == 42
    assert on(found, "2026-03-05") == {
        "primary": {"Alice": "until 09:00, from 17:30"},
        "secondary": {"Bob": "until 09:00, from 17:30"},
    }
    assert on(found, "2026-03-07")["primary"] == {"Alice": "all day"}
    assert on(found, "2026-03-09")["primary"] == {"Alice": "until 09:00", "Bob": "from 17:30"}
    assert shown(found, "2026-03-07").is_off
    assert not shown(found, "2026-03-06").is_off


def test_the_night_in_which_the_clocks_change_says_how_long_it_is(world):
    found = preview(rota(world), layers(people(world)), starts_at=NOW)
    told = {one.day.isoformat(): one.night for one in found.days if one.night}
    assert told == {
        "2026-03-28": "The clocks go forward: this night lasts 14 h 30 min, not 15 h 30 min"
    }


def test_bank_holidays_are_named(world):
    calendar = load_holidays(country="GB", subdivision="ENG", now=NOW)
    one = rota(world, calendar=calendar)
    found = preview(one, layers(people(world)), starts_at=NOW)
    assert shown(found, "2026-04-03").holiday == "Good Friday"
    assert on(found, "2026-04-03")["primary"] == {"Alice": "all day"}


def test_gaps_are_in_words_and_in_hours(world):
    some = people(world)
    add_leave(
        person=world.alice,
        starts_at=at("2026-03-07"),
        ends_at=at("2026-03-08"),
        actor=world.alice,
        now=NOW,
    )
    found = preview(rota(world, some), [layer(some)], starts_at=NOW)
    assert shown(found, "2026-03-07").gaps == ["Nobody is primary all day"]
    assert shown(found, "2026-03-08").gaps == []
    assert {role.value: hours for role, hours in found.gap_hours.items()} == {"primary": 24}
    assert found.has_gaps


def test_shares_of_the_time_have_their_marks(world):
    some = people(world, 2)
    found = preview(rota(world, some), layers(some), starts_at=NOW)
    assert [(one.person, one.load.mark, one.tone) for one in found.burdens] == [
        ("Alice", Mark.TOO_MUCH, "bad"),
        ("Bob", Mark.TOO_MUCH, "bad"),
    ]
    # Twelve weekends, one of them with 23 hours on its Sunday.
    assert found.burdens[0].weekend_hours == 24 * 24 - 1


def test_nothing_is_stored_by_looking(world):
    one = rota(world)
    before = Shift.objects.count(), one.versions.count()
    preview(one, layers(people(world, 2)), starts_at=NOW)
    comparison(one, layers(people(world, 2)), starts_at=NOW)
    assert (Shift.objects.count(), one.versions.count()) == before


def test_the_same_definition_changes_nothing(world):
    some = people(world)
    found = comparison(rota(world, some), layers(some), starts_at=NOW)
    assert (found.people, found.changes, found.left_out) == ([], [], 0)


def test_what_would_change_is_what_changes(world):
    some = people(world)
    one = rota(world, some)
    others = [some[1], some[0], *some[2:]]
    found = comparison(one, layers(others), starts_at=at("2026-03-09T09:00"))
    first = found.changes[0]
    assert (first.role.value, first.before, first.after) == ("primary", "Bob", "Alice")
    assert first.kind == ("Changes hands", "info")
    assert first.starts_at == at("2026-03-09T17:30")
    assert first.ends_at == at("2026-03-16T09:00")
    changed = change_definition(
        rota=one,
        layers=layers(others),
        starts_at=at("2026-03-09T09:00"),
        seen=1,
        actor=world.alice,
        now=NOW,
    )
    names = {one.pk: one.name for one in some}
    assert {each.person for each in found.people} == {names[pk] for pk in changed.people}


def test_who_comes_in_and_who_goes_out_is_told_person_by_person(world):
    some = people(world)
    one = rota(world, some[:2])
    found = comparison(one, layers([some[0], some[2]]), starts_at=NOW + timedelta(days=5))
    by_name = {each.person: each for each in found.people}
    assert by_name["Bob"].balance.after == 0
    assert by_name["Bob"].first_comes is None
    assert by_name["Dora"].more == -by_name["Bob"].more
    assert by_name["Dora"].first_goes is None


def test_what_nobody_has_any_more_goes(world):
    some = people(world)
    found = comparison(rota(world, some), [layer(some)], starts_at=NOW)
    assert {(one.role.value, one.kind[0]) for one in found.changes} == {("secondary", "Goes")}
