"""Plain JSON events: a deployment, a change, an incident in a few fields, for `curl`.

`id` names what the event tells about, not the event: whoever knows more later sends it again with
the same `id`. `docs/events.md` shows the fields.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.integrations.types.faults import Fault, pointer
from portal.integrations.types.kinds import PLAIN
from portal.integrations.types.shapes import (
    Json,
    Shape,
    array,
    instant,
    kind_of,
    mapping,
    one_of,
    read_instant,
    uri,
    uri_reference,
)

# Where a plain event comes from when it does not say so.
SOURCE = "plain"
MOST_CHANGES = 1000


def words(most: int) -> Shape:
    """Return the shape of a text that has something in it, in one line, and is not too long."""

    def check(value: Json, at: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield Fault(at, f"This is {kind_of(value)}, not a text.", "Send a JSON string.")
        elif not value.strip() or not value.isprintable():
            yield Fault(
                at, "This is empty or has odd characters.", "Send a text in one line, or nothing."
            )
        elif len(value) > most:
            yield Fault(at, f"This has {len(value)} characters.", f"Send at most {most}.")

    return check


def limited(shape: Shape, most: int) -> Shape:
    """Return the same shape, for texts of at most so many characters."""

    def check(value: Json, at: str) -> Iterator[Fault]:
        yield from shape(value, at)
        if isinstance(value, str) and len(value) > most:
            yield Fault(at, f"This has {len(value)} characters.", f"Send at most {most}.")

    return check


def commit(value: Json, at: str) -> Iterator[Fault]:
    """Take the full name of a commit: 40 or 64 hexadecimal digits, or what else names it whole."""
    if not isinstance(value, str) or not value.isalnum() or not value.isascii():
        yield Fault(at, "This does not name a commit.", "Send its full hash, such as git gives.")
    elif len(value) > LONGEST_COMMIT:
        yield Fault(
            at, f"This has {len(value)} characters.", f"Send at most {LONGEST_COMMIT} of the hash."
        )


LONGEST_COMMIT = 64
STATUSES = ("running", "succeeded", "failed", "cancelled")
PURPOSES = ("planned", "rollback", "hotfix")
SEVERITIES = ("critical", "major", "minor", "low")
_ID, _NAME, _VERSION, _TITLE, _URL = 150, 100, 120, 1000, 500

_EVERYWHERE: dict[str, Shape] = {
    "type": one_of(*PLAIN),
    "id": words(_ID),
    "source": limited(uri_reference, _URL),
    "application": words(_NAME),
    "url": limited(uri, _URL),
}


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one type: what must be there, which instants there are, what else must hold.

    The latest of the `instants` is when the event happened.
    """

    fields: Mapping[str, Shape]
    required: tuple[str, ...]
    instants: tuple[str, ...]
    rule: Callable[[Mapping[str, Json]], Iterator[Fault]]


def _deployment(event: Mapping[str, Json]) -> Iterator[Fault]:
    if "version" not in event and "commit" not in event:
        yield Fault("/version", "What was deployed is missing.", "Send a version or a commit.")
    needed = "started_at" if event.get("status") == "running" else "finished_at"
    if needed not in event:
        yield Fault(
            f"/{needed}",
            "When it happened is missing: the same deployment may happen twice.",
            "Send it, such as from `date -u +%FT%TZ`.",
        )
    if event.get("status") == "running" and "finished_at" in event:
        yield Fault(
            "/finished_at",
            "What is running has not finished.",
            "Leave it out, or say how it ended.",
        )
    yield from _backwards(event, "started_at", "finished_at")


def _change(_event: Mapping[str, Json]) -> Iterator[Fault]:
    yield from ()


def _incident(event: Mapping[str, Json]) -> Iterator[Fault]:
    if not any(name in event for name in ("opened_at", "acknowledged_at", "resolved_at")):
        yield Fault(
            "/opened_at",
            "When something happened is missing.",
            "Send opened_at, acknowledged_at or resolved_at.",
        )
    yield from _backwards(event, "opened_at", "resolved_at")


FORMS: Mapping[str, Form] = {
    "deployment": Form(
        {
            **_EVERYWHERE,
            "environment": words(_NAME),
            "version": words(_VERSION),
            "commit": commit,
            "repository": words(_URL),
            "status": one_of(*STATUSES),
            "kind": one_of(*PURPOSES),
            "remedies": words(_ID),
            "deployer": words(_VERSION),
            "changes": array(commit, most=MOST_CHANGES),
            "started_at": instant,
            "finished_at": instant,
        },
        required=("type", "environment", "status"),
        instants=("started_at", "finished_at"),
        rule=_deployment,
    ),
    "change": Form(
        {
            **_EVERYWHERE,
            "repository": words(_URL),
            "commit": commit,
            "title": words(_TITLE),
            "author": words(_VERSION),
            "authored_at": instant,
            "committed_at": instant,
            "opened_at": instant,
            "reviewed_at": instant,
            "merged_at": instant,
        },
        required=("type", "repository", "commit", "authored_at"),
        instants=("authored_at", "committed_at", "opened_at", "reviewed_at", "merged_at"),
        rule=_change,
    ),
    "incident": Form(
        {
            **_EVERYWHERE,
            "environment": words(_NAME),
            "title": words(_TITLE),
            "severity": one_of(*SEVERITIES),
            "caused_by": words(_ID),
            "opened_at": instant,
            "acknowledged_at": instant,
            "resolved_at": instant,
        },
        required=("type", "id"),
        instants=("opened_at", "acknowledged_at", "resolved_at"),
        rule=_incident,
    ),
}
_SHAPES: Mapping[str, Shape] = {
    kind: mapping(form.fields, required=frozenset(form.required), is_open=False)
    for kind, form in FORMS.items()
}


def faults_of(event: Mapping[str, Json]) -> list[Fault]:
    """Return everything that is wrong with a plain event of a known type."""
    kind = str(event["type"])
    return [*_SHAPES[kind](dict(event), ""), *FORMS[kind].rule(event)]


def occurred_at(event: Mapping[str, Json]) -> datetime:
    """Return when the latest thing that the event tells happened; it has one without faults."""
    return max(at for at in _instants(event, FORMS[str(event["type"])].instants).values())


def _instants(event: Mapping[str, Json], names: tuple[str, ...]) -> dict[str, datetime]:
    found = {name: read_instant(event[name]) for name in names if name in event}
    return {name: at for name, at in found.items() if at is not None}


def _backwards(event: Mapping[str, Json], first: str, last: str) -> Iterator[Fault]:
    """Yield a fault where something ended before it began."""
    found = _instants(event, (first, last))
    if len(found) > 1 and found[last] < found[first]:
        yield Fault(
            pointer(last), f"This is before {first}.", "Send instants in the order they passed."
        )
