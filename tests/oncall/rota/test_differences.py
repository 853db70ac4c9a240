"""What another definition changes: shifts that come, go and change hands, and whose."""

from oncall.rota import Shift, Span
from oncall.rota.differences import Difference, balances, differences
from tests.oncall.scene import at

WEEK = Span(at("2026-03-02"), at("2026-03-09"))


def nights(person, *days, role="primary"):
    """Return nights from 18:00 to 09:00 that begin on days of March."""
    return [
        Shift(at(f"2026-03-{day:02}T18:00"), at(f"2026-03-{day + 1:02}T09:00"), person, role)
        for day in days
    ]


def test_the_same_shifts_differ_in_nothing():
    some = nights("ann", 2, 3)
    assert differences(some, list(reversed(some)), WEEK) == []
    assert balances(some, some, WEEK) == {}


def test_nights_in_a_row_that_change_hands_are_one_difference():
    before = [*nights("ann", 2, 3, 4), *nights("bob", 5)]
    (one,) = differences(before, nights("bob", 2, 3, 4, 5), WEEK)
    assert one == Difference(
        Span(at("2026-03-02T18:00"), at("2026-03-05T09:00")), "primary", ("ann",), ("bob",)
    )
    assert one.changes_hands


def test_nights_apart_are_two():
    assert len(differences(nights("ann", 2, 5), nights("bob", 2, 5), WEEK)) == 2


def test_what_comes_and_what_goes_is_told_apart():
    (goes,) = differences(nights("ann", 2), [], WEEK)
    (comes,) = differences([], nights("ann", 2, role="secondary"), WEEK)
    assert (goes.before, goes.after, goes.changes_hands) == (("ann",), (), False)
    assert (comes.role, comes.before, comes.after) == ("secondary", (), ("ann",))


def test_only_the_period_counts():
    (one,) = differences(nights("ann", 8), [], WEEK)
    assert one.span.end == WEEK.end


def test_the_balance_of_a_person_is_over_all_roles_at_once():
    before = [*nights("ann", 2), *nights("ann", 2, role="secondary"), *nights("bob", 3)]
    found = balances(before, nights("bob", 3, 4), WEEK)
    assert found["ann"].before == 15
    assert found["ann"].after == 0
    assert found["ann"].goes == [Span(at("2026-03-02T18:00"), at("2026-03-03T09:00"))]
    assert (found["bob"].before, found["bob"].after) == (15, 30)
    assert found["bob"].comes == [Span(at("2026-03-04T18:00"), at("2026-03-05T09:00"))]
