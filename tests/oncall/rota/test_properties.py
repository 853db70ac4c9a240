"""What holds of every rota: no window asked changes the answer, and nothing is lost unseen."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.rota import (
    CustomTurns,
    Layer,
    Opening,
    OutOfHours,
    Override,
    OverrideKind,
    Rota,
    Rotation,
    Span,
    Unit,
    Weekly,
    chained,
    gaps,
    instant,
    label,
    overlaps,
    resolve,
    runs,
)
from oncall.rota.spans import common, joined, without

unhurried = settings(deadline=None)

PEOPLE = "ABCDE"
ZONES = [
    ZoneInfo(name)
    for name in ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
]
HOUR = timedelta(hours=1)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 366 * 24 * 4).map(lambda n: BEGINNING + n * timedelta(minutes=15))
times = st.integers(0, 47).map(lambda n: time(n // 2, n % 2 * 30))
zones = st.sampled_from(ZONES)
people = st.sampled_from(PEOPLE)


@st.composite
def spans(draw):
    start = draw(moments)
    return Span(start, start + draw(st.integers(1, 60 * 24)) * timedelta(hours=1))


weekdays = st.frozensets(st.integers(1, 7), min_size=1)


@st.composite
def rotations(draw):
    start = datetime(2026, 1, 1) + draw(st.integers(0, 27 * 48)) * timedelta(minutes=30)  # noqa: DTZ001
    zone, length = draw(zones), draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["equal", "weekdays", "custom"]))
    if kind == "custom":
        lengths = st.integers(2, 200).map(lambda n: n * timedelta(minutes=30))
        return CustomTurns(tuple(draw(st.lists(lengths, min_size=1, max_size=4))), start, zone)
    if kind == "weekdays":
        return Rotation(Unit.DAY, length, start, zone, draw(weekdays))
    return Rotation(draw(st.sampled_from(Unit)), length, start, zone)


@st.composite
def windows(draw):
    days, zone = draw(weekdays), draw(zones)
    kind = draw(st.sampled_from(["opening", "weekly", "out of hours"]))
    if kind == "opening":
        return Opening(draw(rotations()), draw(st.integers(1, 72)) * timedelta(minutes=30))
    if kind == "weekly":
        later = draw(st.none() | st.integers(1, 3))
        return Weekly(days, draw(times), draw(times), zone, later)
    holidays = st.dates(date(2026, 1, 1), date(2026, 12, 31))
    return OutOfHours(days, time(9), time(17, 30), zone, draw(st.frozensets(holidays)))


@st.composite
def overrides(draw):
    kind = draw(st.sampled_from(OverrideKind))
    add = "" if kind is OverrideKind.REMOVE else draw(people)
    remove = draw(people) if kind in {OverrideKind.REMOVE, OverrideKind.REPLACE} else ""
    return Override(kind, draw(spans()), add, remove)


layers = st.builds(
    Layer,
    st.lists(st.lists(people, min_size=1, max_size=2, unique=True).map(tuple), max_size=4).map(
        tuple
    ),
    st.none() | rotations(),
    st.none() | windows(),
    st.integers(0, 2),
    starts=st.none() | moments,
    ends=st.none() | moments,
    ahead=st.integers(0, 3),
)
rotas = st.builds(
    Rota,
    st.lists(layers, max_size=3).map(tuple),
    st.lists(overrides(), max_size=3).map(tuple),
    st.booleans(),
)


def by_person(shifts):
    return {
        person: joined(shift.span for shift in shifts if shift.person == person)
        for person in PEOPLE
    }


@unhurried
@given(rotas, spans(), st.floats(0, 1))
def test_the_shifts_of_a_period_are_those_of_its_parts(rota, period, where):
    middle = period.start + (period.end - period.start) * where
    parts = resolve(rota, period.start, middle) + resolve(rota, middle, period.end)
    assert by_person(parts) == by_person(resolve(rota, *period))


chains = st.lists(st.tuples(moments, rotas), max_size=3)


@unhurried
@given(chains, spans(), st.floats(0, 1))
def test_the_shifts_of_several_versions_are_those_of_the_parts_of_the_period(chain, period, where):
    middle = period.start + (period.end - period.start) * where
    parts = chained(chain, period.start, middle) + chained(chain, middle, period.end)
    assert by_person(parts) == by_person(chained(chain, *period))


@unhurried
@given(chains, spans())
def test_at_every_instant_the_version_that_has_begun_last_says_who_is_on_call(chain, period):
    found = chained(chain, *period)
    for moment in {period.start, *(begins for begins, _ in chain)}:
        instantly = Span(moment, moment + timedelta(microseconds=1))
        if (instantly & period).is_empty:
            continue
        begun = sorted((one for one in chain if one[0] <= moment), key=lambda one: one[0])
        expected = resolve(begun[-1][1], *instantly) if begun else []
        assert {each.person for each in found if not (each.span & instantly).is_empty} == {
            shift.person for shift in expected
        }


@unhurried
@given(rotas, spans())
def test_there_is_no_gap_and_no_two_at_once_that_is_not_reported(rota, period):
    found = resolve(rota, *period)
    alone = joined(
        Span(run.start, run.end) for run in runs(found, *period) if len(run.people) == 1
    )
    reported = [
        *gaps(found, [period]),
        *(Span(run.start, run.end) for run in overlaps(found)),
    ]
    assert joined([*alone, *reported]) == [period]
    assert not list(common(alone, joined(reported)))


@unhurried
@given(rotas, spans())
def test_everybody_and_nobody_are_accounted_for_without_a_break(rota, period):
    found = resolve(rota, *period)
    stretches = runs(found, *period)
    assert (stretches[0].start, stretches[-1].end) == period
    assert all(one.end == other.start for one, other in pairwise(stretches))
    assert [Span(run.start, run.end) for run in stretches if not run.people] == gaps(
        found, [period]
    )
    assert by_person(found) == {
        person: joined(Span(run.start, run.end) for run in stretches if person in run.people)
        for person in PEOPLE
    }


@unhurried
@given(
    st.lists(people, min_size=1, max_size=5, unique=True),
    rotations(),
    windows() | st.none(),
    spans(),
)
def test_one_layer_never_has_two_people_on_call_nor_a_gap_in_its_windows(
    names, rotation, hours, period
):
    layer = Layer(tuple((name,) for name in names), rotation, hours)
    found = resolve(Rota((layer,)), *period)
    assert all(len(run.people) <= 1 for run in runs(found, *period))
    assert gaps(found, hours.spans(period) if hours else [period]) == []


@unhurried
@given(rotations(), moments)
def test_every_instant_is_in_exactly_the_turn_that_it_is_said_to_be_in(rotation, moment):
    number = rotation.number_at(moment)
    assert rotation.handoff(number) <= moment < rotation.handoff(number + 1)


@unhurried
@given(st.lists(spans()), st.lists(spans()))
def test_what_is_left_and_what_is_taken_make_the_whole(some, taken):
    some, taken = joined(some), joined(taken)
    left = without(some, taken)
    assert joined([*left, *taken]) == joined([*some, *taken])
    assert all((one & other).is_empty for one in left for other in taken)


@pytest.mark.parametrize("name", sorted(available_timezones() - {"localtime"}))
def test_in_every_zone_the_clock_is_read_right_across_its_changes_of_this_year(name):
    zone, moment = ZoneInfo(name), BEGINNING
    for _ in range(366 * 24):
        after = moment + HOUR
        change = label(after, zone) - label(moment, zone) - HOUR
        if change:
            shown = label(after, zone)
            assert instant(shown, zone, last=True) == after
            if change > timedelta(0):
                # What does not exist is the first instant after the gap.
                gap = shown - change / 2
                assert moment < instant(gap, zone) <= after
                assert label(instant(gap, zone), zone) >= gap
            else:
                repeated = label(after - timedelta(microseconds=1), zone) + change / 2
                first, last = instant(repeated, zone), instant(repeated, zone, last=True)
                assert first <= last
                assert label(first, zone) == label(last, zone) == repeated
        moment = after
