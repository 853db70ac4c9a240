"""Leave: whose it is, and what it does to the rotas a person is in."""

from datetime import timedelta

import pytest

from oncall.services.leave import LeaveError, add_leave, cancel_leave
from portal.accounts.policies import NotAllowedError
from tests.conftest import NOW
from tests.oncall.scene import at, on_call, rota

TIMES = {"starts_at": at("2026-03-05T00:00"), "ends_at": at("2026-03-07T00:00")}


@pytest.mark.parametrize("who", ["bob", "alice", "olive"])
def test_people_their_leads_and_operations_tell_of_leave(world, who):
    leave, _ = add_leave(person=world.bob, actor=getattr(world, who), now=NOW, **TIMES)
    assert leave.person == world.bob


@pytest.mark.parametrize("who", ["charlie", "eve", "audrey"])
def test_nobody_else_does(world, who):
    with pytest.raises(NotAllowedError):
        add_leave(person=world.bob, actor=getattr(world, who), now=NOW, **TIMES)


def test_who_only_reads_tells_not_even_of_their_own(world):
    with pytest.raises(NotAllowedError):
        add_leave(person=world.eve, actor=world.eve, now=NOW, **TIMES)


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"ends_at": TIMES["starts_at"]}, "ends before"),
        ({"starts_at": NOW - timedelta(days=2), "ends_at": NOW}, "over already"),
    ],
)
def test_leave_that_makes_no_sense_is_refused(world, times, words):
    with pytest.raises(LeaveError, match=words):
        add_leave(person=world.bob, actor=world.bob, now=NOW, **{**TIMES, **times})


def test_the_same_time_is_told_once(world):
    add_leave(person=world.bob, actor=world.bob, now=NOW, **TIMES)
    with pytest.raises(LeaveError, match="told already"):
        add_leave(person=world.bob, actor=world.bob, now=NOW, **TIMES)


def test_leave_taken_back_brings_the_shifts_back_from_then_on(world):
    one = rota(world)
    before = set(one.shifts.values_list("person", "role", "starts_at", "ends_at"))
    leave, _ = add_leave(person=world.alice, actor=world.alice, now=NOW, **TIMES)
    assert on_call(one, at("2026-03-05T22:00")) == []
    cancel_leave(leave=leave, actor=world.alice, now=NOW)
    assert set(one.shifts.values_list("person", "role", "starts_at", "ends_at")) == before
    with pytest.raises(LeaveError, match="already"):
        cancel_leave(leave=leave, actor=world.alice, now=NOW)


def test_leave_that_is_over_stays(world):
    leave, _ = add_leave(person=world.alice, actor=world.alice, now=NOW, **TIMES)
    with pytest.raises(LeaveError, match="is over"):
        cancel_leave(leave=leave, actor=world.alice, now=TIMES["ends_at"])
