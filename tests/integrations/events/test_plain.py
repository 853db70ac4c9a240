"""Plain events: what they must say, and what is wrong with those that do not."""

from datetime import UTC, datetime

import pytest

from portal.integrations.types import plain

DEPLOYMENT = {
    "type": "deployment",
    "application": "checkout",
    "environment": "production",
    "version": "1.4.2",
    "status": "succeeded",
    "started_at": "2026-03-04T11:50:00Z",
    "finished_at": "2026-03-04T12:00:00+01:00",
}
CHANGE = {
    "type": "change",
    "repository": "https://git.example.com/checkout.git",
    "commit": "5ca1ab1e" * 5,
    "authored_at": "2026-03-04T10:00:00Z",
}
INCIDENT = {"type": "incident", "id": "INC-7", "opened_at": "2026-03-04T12:00:00Z"}
FINISHED = DEPLOYMENT | {"finished_at": "2026-03-04T12:00:00Z"}
RUNNING = {name: DEPLOYMENT[name] for name in DEPLOYMENT if name != "finished_at"} | {
    "status": "running"
}
WHOLE_CHANGE = CHANGE | {
    "id": "17",
    "source": "https://git.example.com/pulls",
    "application": "checkout",
    "title": "Round half to even",
    "author": "Ada",
    "committed_at": "2026-03-04T10:00:00Z",
    "opened_at": "2026-03-04T10:10:00Z",
    "reviewed_at": "2026-03-04T10:20:00Z",
    "merged_at": "2026-03-04T10:30:00Z",
    "url": "https://git.example.com/pulls/17",
}
WHOLE_DEPLOYMENT = FINISHED | {
    "id": "run-17",
    "source": "/ci",
    "commit": "5ca1ab1e" * 5,
    "repository": "git@git.example.com:checkout.git",
    "kind": "rollback",
    "remedies": "run-16",
    "deployer": "Ada",
    "changes": ["5ca1ab1e" * 5],
    "url": "https://ci.example.com/runs/17",
}
WHOLE_INCIDENT = INCIDENT | {
    "environment": "production",
    "title": "Payments are slow",
    "severity": "major",
    "caused_by": "run-17",
    "acknowledged_at": "2026-03-04T12:01:00Z",
    "resolved_at": "2026-03-04T12:30:00Z",
}


def without(event, *names):
    return {name: value for name, value in event.items() if name not in names}


@pytest.mark.parametrize(
    "event", [FINISHED, RUNNING, WHOLE_DEPLOYMENT, CHANGE, WHOLE_CHANGE, INCIDENT, WHOLE_INCIDENT]
)
def test_a_whole_event_is_accepted(event):
    assert plain.faults_of(event) == []


@pytest.mark.parametrize(
    ("event", "pointer", "mend"),
    [
        (without(FINISHED, "environment"), "/environment", "Send it."),
        (without(FINISHED, "status"), "/status", "Send it."),
        (FINISHED | {"status": "ok"}, "/status", "Use one of: running, succeeded"),
        (FINISHED | {"status": 1}, "/status", "Use one of: running, succeeded"),
        (without(FINISHED, "version"), "/version", "Send a version or a commit."),
        (without(FINISHED, "finished_at"), "/finished_at", "Send it, such as from `date"),
        (without(RUNNING, "started_at"), "/started_at", "Send it, such as from `date"),
        (FINISHED | {"status": "running"}, "/finished_at", "Leave it out"),
        (DEPLOYMENT, "/finished_at", "Send instants in the order"),
        (FINISHED | {"finished_at": "yesterday"}, "/finished_at", "Send RFC 3339"),
        (FINISHED | {"finished_at": "2026-03-04T12:00:00"}, "/finished_at", "Send RFC 3339"),
        (FINISHED | {"changes": "5ca1ab1e"}, "/changes", "Send a JSON array."),
        (FINISHED | {"changes": ["--help"]}, "/changes/0", "Send its full hash"),
        (FINISHED | {"changes": ["a"] * 1001}, "/changes", "Send at most 1000."),
        (FINISHED | {"commit": "a" * 65}, "/commit", "Send at most 64"),
        (FINISHED | {"version": ""}, "/version", "Send a text in one line"),
        (FINISHED | {"version": "1\n2"}, "/version", "Send a text in one line"),
        (FINISHED | {"version": "1" * 121}, "/version", "Send at most 120."),
        (FINISHED | {"version": 1.4}, "/version", "Send a JSON string."),
        (FINISHED | {"kind": "yolo"}, "/kind", "Use one of: planned"),
        (FINISHED | {"url": "runs/17"}, "/url", "Send an absolute one"),
        (FINISHED | {"source": "a b"}, "/source", "Send one without spaces"),
        (FINISHED | {"repository": "a" * 501}, "/repository", "Send at most 500."),
        (FINISHED | {"colour": "red"}, "/colour", "Leave it out. Known are: type, id"),
        (without(CHANGE, "repository"), "/repository", "Send it."),
        (without(CHANGE, "commit"), "/commit", "Send it."),
        (without(CHANGE, "authored_at"), "/authored_at", "Send it."),
        (without(INCIDENT, "id"), "/id", "Send it."),
        (without(INCIDENT, "opened_at"), "/opened_at", "Send opened_at, acknowledged_at"),
        (INCIDENT | {"severity": "bad"}, "/severity", "Use one of: critical"),
        (
            INCIDENT | {"resolved_at": "2026-03-04T11:00:00Z"},
            "/resolved_at",
            "Send instants in the order",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_its_mend(event, pointer, mend):
    (fault,) = plain.faults_of(event)
    assert fault.pointer == pointer
    assert fault.detail
    assert fault.mend.startswith(mend)


def test_all_that_is_wrong_is_told_at_once():
    pointers = {fault.pointer for fault in plain.faults_of({"type": "deployment", "id": ""})}
    assert pointers == {"/environment", "/status", "/version", "/finished_at", "/id"}


def test_an_event_happened_when_the_latest_thing_did_that_it_tells():
    noon = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    assert plain.occurred_at(FINISHED) == noon
    assert plain.occurred_at(INCIDENT) == noon
    assert plain.occurred_at(WHOLE_CHANGE).minute == 30


def test_a_change_may_be_older_than_its_parts_claim():
    assert plain.faults_of(CHANGE | {"merged_at": "2026-03-04T09:00:00Z"}) == []
