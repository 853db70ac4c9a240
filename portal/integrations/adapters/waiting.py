"""Stored events on their way to facts: claimed, read back by subject, and what became of them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

# So many events one transaction takes, and so many bytes of them.
MOST_EVENTS = 500
MOST_BYTES = 8 * 1024 * 1024

_CLAIM = """
    SELECT id, octet_length(body) FROM integrations_receivedevent
    WHERE state = 'ACCEPTED' {only} ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
_COLUMNS = """
    e.id, e.public_id, e.sender, e.source, e.event_id, e.type, e.body, e.occurred_at,
    e.application_id, e.state
"""
_READ = f"""
    SELECT {_COLUMNS} FROM integrations_receivedevent AS e
    WHERE e.id = ANY(%(ids)s::bigint[]) ORDER BY e.id
"""
# OFFSET 0 keeps the planner from turning the look-ups by index into a scan of all events.
_SIBLINGS = f"""
    SELECT e.*
    FROM unnest(%(applications)s::bigint[], %(subjects)s::text[]) AS s (application_id, subject)
    CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM integrations_receivedevent AS e
        WHERE e.application_id = s.application_id AND e.subject = s.subject
            AND e.state IN ('PROCESSED', 'KEPT')
        OFFSET 0
    ) AS e
"""
_SETTLE = """
    UPDATE integrations_receivedevent AS e
    SET state = b.state, reason = b.reason, subject = b.subject, processed_at = %(now)s,
        application_id = coalesce(b.application_id, e.application_id),
        attempts = e.attempts + (e.state = 'ACCEPTED')::int
    FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(subjects)s::text[],
        %(applications)s::bigint[]) AS b (id, state, reason, subject, application_id)
    WHERE e.id = b.id
"""


class StoredEvent(NamedTuple):
    """One event as it is stored."""

    id: int
    public_id: UUID
    sender: str
    source: str
    event_id: str
    type: str
    body: bytes
    occurred_at: datetime
    application_id: int | None
    state: str


class Ending(NamedTuple):
    """What becomes of an event, and why if that is to be told."""

    id: int
    state: str
    reason: str = ""
    subject: str = ""
    application_id: int | None = None


def claim(only: Collection[int] | None = None) -> list[int]:
    """Lock waiting events that nobody else works on, the oldest first, and return their ids.

    They are as many as one transaction takes; of a few large ones it takes fewer.
    """
    statement = _CLAIM.format(only="" if only is None else "AND id = ANY(%(only)s::bigint[])")
    parameters: dict[str, Any] = {"limit": MOST_EVENTS}
    if only is not None:
        parameters["only"] = list(only)
    claimed: list[int] = []
    size = 0
    for id_, length in _fetch(statement, parameters):
        size += length
        if claimed and size > MOST_BYTES:
            break
        claimed.append(id_)
    return claimed


def read(ids: Sequence[int]) -> list[StoredEvent]:
    """Return events by their ids."""
    return list(_events(_fetch(_READ, {"ids": list(ids)})))


def siblings(subjects: Collection[tuple[int, str]]) -> list[StoredEvent]:
    """Return the events about subjects, by application, that were made into facts before."""
    if not subjects:
        return []
    keys = {
        "applications": [application for application, _ in subjects],
        "subjects": [subject for _, subject in subjects],
    }
    return list(_events(_fetch(_SIBLINGS, keys)))


def settle(endings: Collection[Ending], *, now: datetime) -> None:
    """Say what became of events."""
    if not endings:
        return
    ids, states, reasons, subjects, applications = (
        list(column) for column in zip(*endings, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "ids": ids,
                "states": states,
                "reasons": reasons,
                "subjects": subjects,
                "applications": applications,
                "now": now,
            },
        )


def _events(rows: Iterable[tuple[Any, ...]]) -> Iterator[StoredEvent]:
    for row in rows:
        event = StoredEvent(*row)
        yield event._replace(body=bytes(event.body))


def _fetch(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
