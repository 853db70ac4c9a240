"""Two people at once: one outcome that holds, and a clear answer to the other. No deadlock."""

from datetime import timedelta

import pytest

from oncall.models import Change, DutyRole, Override, Swap, SwapState
from oncall.rota import Span
from oncall.services.leave import add_leave
from oncall.services.overrides import make_override
from oncall.services.rotas import change_definition
from oncall.services.swaps import (
    ReasonError,
    SwapError,
    accept_swap,
    ask_swap,
    cover_gap,
    settle_swaps,
    withdraw_swap,
)
from portal.audit.models import Entry
from tests.catalogue.services.test_concurrency import at_once
from tests.oncall.scene import layers, on_call, people, rota

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def six(world):
    return people(world, 6)


@pytest.fixture
def nights(world, six, now):
    return rota(world, six)


def hours_of(rota, person):
    shift = rota.shifts.filter(person=person, role="primary").order_by("starts_at").first()
    return Span(shift.starts_at, shift.ends_at)


@pytest.fixture
def swap(world, nights, now):
    return asking(nights, world.bob, now)


def asking(rota, giver, now):
    return ask_swap(
        rota=rota, role=DutyRole.PRIMARY, giver=giver, hours=hours_of(rota, giver), actor=giver,
        now=now,
    )  # fmt: skip


def sorted_out(outcomes):
    """Return what worked and what was refused; anything else is a defect."""
    refused = [one for one in outcomes if isinstance(one, SwapError)]
    worked = [one for one in outcomes if not isinstance(one, Exception)]
    assert len(refused) + len(worked) == len(outcomes), outcomes
    return worked, refused


def test_two_people_take_one_shift(world, nights, six, swap, now):
    fay, gus = six[4:]
    outcomes = at_once(
        lambda: accept_swap(swap=swap, actor=fay, now=now),
        lambda: accept_swap(swap=swap, actor=gus, now=now),
    )
    (taken,), (refused,) = sorted_out(outcomes)
    assert on_call(nights, swap.starts_at) == [taken.taker.name]
    assert f"{taken.taker} takes these hours" in str(refused)
    assert Entry.objects.filter(event="oncall.swap.done").count() == 1


def test_a_swap_and_an_override_at_once(world, nights, six, swap, now):
    fay, gus = six[4:]
    outcomes = at_once(
        lambda: accept_swap(swap=swap, actor=fay, now=now),
        lambda: make_override(
            rota=nights, kind=Change.REPLACE, comes=gus, goes=world.bob, actor=world.alice,
            now=now, starts_at=swap.starts_at, ends_at=swap.ends_at,
        ),
    )  # fmt: skip
    _, refused = sorted_out(outcomes)
    swap.refresh_from_db()
    # Who was first has the hours; a replacement of Bob finds him no more, and neither does a swap.
    if refused:
        assert "The rota has changed" in str(refused[0])
        assert on_call(nights, swap.starts_at) == ["Gus"]
        assert swap.state == SwapState.OPEN
    else:
        assert on_call(nights, swap.starts_at) == ["Fay"]
        assert swap.state == SwapState.DONE


def test_a_rota_is_edited_while_its_swap_is_taken(world, nights, six, swap, now):
    outcomes = at_once(
        lambda: accept_swap(swap=swap, actor=six[4], now=now),
        lambda: change_definition(
            rota=nights, layers=layers(six[2:]), starts_at=now, seen=1, actor=world.alice,
            now=now,
        ),
    )  # fmt: skip
    _, refused = sorted_out(outcomes)
    # The new definition counts either way: Bob has no hours in it that Fay could take.
    assert on_call(nights, swap.starts_at) == ["Emil"]
    swap.refresh_from_db()
    assert swap.state == (SwapState.OPEN if refused else SwapState.DONE)
    if refused:
        assert settle_swaps(now=now) == 1
        swap.refresh_from_db()
        assert swap.state == SwapState.VOID


def test_leave_is_told_while_the_swap_is_taken(world, nights, six, swap, now):
    outcomes = at_once(
        lambda: accept_swap(swap=swap, actor=six[4], now=now),
        lambda: add_leave(
            person=world.bob, actor=world.bob, now=now, starts_at=swap.starts_at,
            ends_at=swap.ends_at,
        ),
    )  # fmt: skip
    # Whichever was first: Bob is away, and Fay is on call for him.
    assert sorted_out(outcomes)[1] == []
    assert on_call(nights, swap.starts_at) == ["Fay"]
    assert not nights.gaps.filter(role="primary").exists()


def test_it_is_accepted_and_withdrawn_at_once(world, nights, six, swap, now):
    outcomes = at_once(
        lambda: accept_swap(swap=swap, actor=six[4], now=now),
        lambda: withdraw_swap(swap=swap, actor=world.bob, now=now),
    )
    (worked,), (refused,) = sorted_out(outcomes)
    if worked.state == SwapState.DONE:
        assert on_call(nights, swap.starts_at) == ["Fay"]
        assert "It is done: Fay takes these hours" in str(refused)
    else:
        assert on_call(nights, swap.starts_at) == ["Bob"]
        assert "Bob has withdrawn it" in str(refused)


def test_two_partial_takes_that_overlap(world, nights, six, swap, now):
    fay, gus = six[4:]
    start, end = swap.starts_at, swap.ends_at
    early = Span(start, start + timedelta(hours=6))
    late = Span(start + timedelta(hours=4), end)
    outcomes = at_once(
        lambda: accept_swap(swap=swap, actor=fay, now=now, hours=early),
        lambda: accept_swap(swap=swap, actor=gus, now=now, hours=late),
    )
    (taken,), (refused,) = sorted_out(outcomes)
    assert "somebody was faster" in str(refused)
    assert on_call(nights, start + timedelta(hours=5)) == [taken.taker.name]
    left = Swap.objects.get(state=SwapState.OPEN)
    assert (left.ends_at - left.starts_at) + (taken.ends_at - taken.starts_at) == end - start


def test_two_partial_takes_that_do_not_overlap_both_count(world, nights, six, swap, now):
    fay, gus = six[4:]
    start, end = swap.starts_at, swap.ends_at
    middle = start + timedelta(hours=6)
    outcomes = at_once(
        lambda: accept_swap(swap=swap, actor=fay, now=now, hours=Span(start, middle)),
        lambda: accept_swap(swap=swap, actor=gus, now=now, hours=Span(middle, end)),
    )
    assert sorted_out(outcomes)[1] == []
    assert on_call(nights, start) == ["Fay"]
    assert on_call(nights, middle) == ["Gus"]
    assert not Swap.objects.filter(state=SwapState.OPEN).exists()


def test_one_person_takes_the_same_hours_in_two_rotas(world, nights, six, swap, now):
    """Neither rota's lock covers the other: the person is held instead."""
    others = rota(world, six, name="Settlement at night")
    second, fay = asking(others, world.bob, now), six[4]
    outcomes = at_once(
        lambda: accept_swap(swap=swap, actor=fay, now=now),
        lambda: accept_swap(swap=second, actor=fay, now=now),
    )
    (_,), (refused,) = sorted_out(outcomes)
    assert isinstance(refused, ReasonError)
    assert "at once" in str(refused)


def test_two_people_cover_one_gap(world, nights, six, now):
    hours = hours_of(nights, world.bob)
    add_leave(person=world.bob, actor=world.bob, now=now, starts_at=hours.start, ends_at=hours.end)
    gap = nights.gaps.get(role="primary")
    outcomes = at_once(
        *(
            lambda person=person: cover_gap(gap=gap, person=person, actor=person, now=now)
            for person in six[4:]
        )
    )
    (made,), (refused,) = sorted_out(outcomes)
    assert "somebody was faster" in str(refused)
    assert on_call(nights, hours.start) == [made.comes.name]
    assert Override.objects.count() == 1
