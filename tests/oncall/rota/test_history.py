"""Versions of a definition that follow each other, and the record of the past."""

from datetime import UTC, datetime, timedelta

from oncall.rota import Layer, Rota, Shift, chained, merged, remembered

START = datetime(2026, 6, 1, tzinfo=UTC)


def day(number):
    return START + timedelta(days=number)


def rota(*people, role="primary"):
    return Rota(tuple(Layer(((person,),), role=role) for person in people))


def test_each_version_holds_until_the_next_begins():
    versions = [(day(0), rota("A")), (day(2), rota("B")), (day(3), rota("A"))]
    assert chained(versions, day(-1), day(9)) == [
        Shift(day(0), day(2), "A"),
        Shift(day(2), day(3), "B"),
        Shift(day(3), day(9), "A"),
    ]


def test_who_is_on_call_in_two_versions_has_one_shift():
    assert chained([(day(0), rota("A")), (day(2), rota("A", "B"))], day(1), day(3)) == [
        Shift(day(1), day(3), "A"),
        Shift(day(2), day(3), "B"),
    ]


def test_the_order_in_which_versions_are_given_does_not_matter():
    versions = [(day(2), rota("B")), (day(0), rota("A"))]
    assert chained(versions, day(0), day(4)) == chained(versions[::-1], day(0), day(4))


def test_of_two_versions_from_one_instant_the_last_holds():
    (shift,) = chained([(day(0), rota("A")), (day(0), rota("B"))], day(0), day(1))
    assert shift.person == "B"


def test_without_a_version_nobody_is_on_call():
    assert chained([], day(0), day(9)) == []


def test_the_past_is_what_was_recorded_and_a_shift_that_goes_on_keeps_its_start():
    recorded = [Shift(day(-3), day(-2), "B"), Shift(day(-2), day(1), "A")]
    resolved = [Shift(day(-5), day(3), "A"), Shift(day(3), day(4), "C")]
    assert remembered(recorded, resolved, day(0)) == [
        Shift(day(-3), day(-2), "B"),
        Shift(day(-2), day(3), "A"),
        Shift(day(3), day(4), "C"),
    ]


def test_a_record_does_not_reach_into_the_future():
    assert remembered([Shift(day(1), day(2), "A")], [], day(0)) == []


def test_shifts_of_two_roles_stay_two():
    shifts = [Shift(day(0), day(1), "A"), Shift(day(1), day(2), "A", "secondary")]
    assert merged(shifts) == shifts
