"""The tables of events, written in one statement however many there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

EVENT_COLUMNS = {
    "public_id": "uuid",
    "sender": "text",
    "source": "text",
    "event_id": "text",
    "type": "text",
    "body": "bytea",
    "occurred_at": "timestamptz",
    "received_at": "timestamptz",
    "application_id": "bigint",
    "state": "text",
    "reason": "text",
    "processed_at": "timestamptz",
}
REFUSAL_COLUMNS = {
    "public_id": "uuid",
    "sender": "text",
    "digest": "bytea",
    "application_id": "bigint",
    "type": "text",
    "status": "int",
    "faults": "jsonb",
    "body": "bytea",
    "size": "int",
    "first_at": "timestamptz",
    "received_at": "timestamptz",
}


class EventRow(NamedTuple):
    """One event to store, in the order of `EVENT_COLUMNS`."""

    public_id: UUID
    sender: str
    source: str
    event_id: str
    type: str
    body: bytes
    occurred_at: datetime
    received_at: datetime
    application_id: int | None
    state: str
    reason: str
    processed_at: datetime | None


class RefusalRow(NamedTuple):
    """One refusal to store, in the order of `REFUSAL_COLUMNS`; `faults` is JSON."""

    public_id: UUID
    sender: str
    digest: bytes
    application_id: int | None
    type: str
    status: int
    faults: str
    body: bytes
    size: int
    first_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """An event that is there: its name outside, how it stands, and the digest of its body."""

    public_id: UUID
    state: str
    digest: bytes


_INTO = f"INSERT INTO integrations_receivedevent ({', '.join(EVENT_COLUMNS)})"
# Nothing is stored with a token that was revoked or has expired; without one, the sender is known.
_IF_USABLE = (
    " WHERE %s::bigint IS NULL OR EXISTS (SELECT FROM api_apitoken"
    " WHERE id = %s AND revoked_at IS NULL AND expires_at > %s)"
    " ON CONFLICT (sender, source, event_id) DO NOTHING RETURNING public_id"
)
_INSERT_ONE = (
    f"{_INTO} SELECT {', '.join(f'%s::{kind}' for kind in EVENT_COLUMNS.values())}{_IF_USABLE}"
)
_MANY = ", ".join(f"%s::{kind}[]" for kind in EVENT_COLUMNS.values())
_INSERT_MANY = f"{_INTO} SELECT * FROM unnest({_MANY}){_IF_USABLE}"
_FIND = (
    "SELECT source, event_id, public_id, state, sha256(body) FROM integrations_receivedevent"
    " WHERE sender = %s AND (source, event_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
)
_REFUSE = (
    f"INSERT INTO integrations_refusedevent ({', '.join(REFUSAL_COLUMNS)})"
    f" SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in REFUSAL_COLUMNS.values())})"
    " ON CONFLICT (sender, digest) DO UPDATE SET received_at = excluded.received_at,"
    " times = integrations_refusedevent.times + 1"
)


def insert_events(rows: Sequence[EventRow], *, token_id: int | None = None) -> set[UUID]:
    """Store events in one statement; return those that were not there, by their new names.

    With a token nothing is stored unless it can still be used when they were received.
    """
    values: list[Any]
    if len(rows) == 1:
        statement, values = _INSERT_ONE, [*rows[0]]
    else:
        # In one order, so that two batches with the same events never wait for each other.
        ordered = sorted(rows, key=lambda row: (row.source, row.event_id))
        statement, values = _INSERT_MANY, [*_transposed(ordered)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, token_id, token_id, rows[0].received_at])
        return {public_id for (public_id,) in cursor.fetchall()}


def find_events(sender: str, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Stored]:
    """Return the events of a sender by source and id, as far as there are any."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [sender, *_transposed(list(keys))])
        return {
            (source, event_id): Stored(public_id, state, bytes(digest))
            for source, event_id, public_id, state, digest in cursor.fetchall()
        }


def insert_refusals(rows: Sequence[RefusalRow]) -> None:
    """Store what was refused; no two of them may have the same digest."""
    ordered = sorted(rows, key=lambda row: row.digest)
    with connection.cursor() as cursor:
        cursor.execute(_REFUSE, _transposed(ordered))


def _transposed(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
