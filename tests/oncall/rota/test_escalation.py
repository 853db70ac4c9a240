"""Whom a call reaches, step by step."""

from datetime import UTC, datetime, timedelta

import pytest

from oncall.rota import Shift
from oncall.rota.escalation import Call, OnCall, Person, Policy, Step, calls, on_call

RAISED = datetime(2026, 6, 1, tzinfo=UTC)
MINUTES = timedelta(minutes=10)
NIGHTS = [
    Shift(RAISED - MINUTES, RAISED + MINUTES, "A"),
    Shift(RAISED + MINUTES, RAISED + 9 * MINUTES, "B"),
    Shift(RAISED - MINUTES, RAISED + 9 * MINUTES, "B", "secondary"),
]
POLICY = Policy(
    (
        Step((OnCall("nights", "primary"),), MINUTES),
        Step((OnCall("nights"), Person("B")), MINUTES),
        Step((Person("Z"), OnCall("nowhere"))),
    )
)


def test_each_step_has_its_people_and_each_of_them_once():
    assert on_call(POLICY, {"nights": NIGHTS}, RAISED) == [(0, "A"), (1, "A"), (1, "B"), (2, "Z")]


def test_a_step_reaches_who_is_on_call_when_it_is_taken():
    assert list(calls(POLICY, {"nights": NIGHTS}, RAISED)) == [
        Call(RAISED, 0, ("A",)),
        Call(RAISED + MINUTES, 1, ("B",)),
        Call(RAISED + 2 * MINUTES, 2, ("Z",)),
    ]


def test_steps_are_taken_again_as_often_as_the_policy_says():
    policy = Policy((Step((OnCall("nights", "primary"),), MINUTES),), repeats=2)
    assert [(call.at, call.people) for call in calls(policy, {"nights": NIGHTS}, RAISED)] == [
        (RAISED, ("A",)),
        (RAISED + MINUTES, ("B",)),
        (RAISED + 2 * MINUTES, ("B",)),
    ]


def test_where_nobody_is_on_call_a_step_reaches_nobody_and_that_is_seen():
    policy = Policy((Step((OnCall("nights"),)),))
    assert list(calls(policy, {}, RAISED)) == [Call(RAISED, 0, ())]


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: Step((), -MINUTES), "not come before"),
        (lambda: Policy((), -1), "so many times"),
        (lambda: Policy((Step((Person("A"),)),), 1), "take some time"),
    ],
)
def test_a_policy_without_a_meaning_is_refused(build, told):
    with pytest.raises(ValueError, match=told):
        build()
