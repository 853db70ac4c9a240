"""Recording of audit events, inside the transaction of the change that they tell of."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import rfc8785
from django.db import connection, transaction

from portal.audit import policies
from portal.audit.events import VOCABULARY, AuditEvent
from portal.audit.models import Entry, FreeText

FORMAT_VERSION = 1
MAX_BODY_BYTES = 60 * 1024
BATCH = 2_000


class UnknownEventError(ValueError):
    """The event is not in the vocabulary, or its data does not fit the schema."""


class OutsideTransactionError(RuntimeError):
    """`record` was called outside the transaction of the change it tells of."""


def record(
    event: AuditEvent,
    *,
    actor: str,
    subject: str,
    now: datetime,
    data: Mapping[str, int | str] | None = None,
    texts: Mapping[str, str] | None = None,
    cause: str = "",
    outcome: str = "done",
    controls: Sequence[str] = (),
) -> int:
    """Insert one audit event and return its number.

    `actor` and `subject` are stable labels such as `user:ada@example.com` and `application:pay`.

    Raises:
        OutsideTransactionError: when no transaction is open.
        UnknownEventError: when the data does not fit the schema of the event.
        ValueError: when the body is larger than 60 KiB.
    """
    _require_transaction(event)
    data, texts = dict(data or {}), dict(texts or {})
    _check(event, data, texts)
    salts = {name: secrets.token_bytes(16) for name in texts}
    entry = _entry(
        event,
        actor=actor,
        subject=subject,
        now=now,
        data=data,
        texts={
            name: hashlib.sha256(salts[name] + text.encode()).hexdigest()
            for name, text in texts.items()
        },
        cause=cause,
        outcome=outcome,
        controls=controls,
    )
    number = _insert(entry)
    if texts:
        FreeText.objects.bulk_create(
            FreeText(entry_id=number, name=name, salt=salts[name], text=text)
            for name, text in texts.items()
        )
    return number


@dataclass(frozen=True, slots=True)
class Happening:
    """One of many events that happened at once, as `record` takes them."""

    event: AuditEvent
    subject: str
    data: Mapping[str, int | str]


def record_many(
    happenings: Iterable[Happening], *, actor: str, now: datetime, cause: str = ""
) -> int:
    """Insert many audit events of one actor and instant, each as `record` would; return how many.

    Raises:
        As `record`; then none is inserted.
    """
    entries = []
    for one in happenings:
        _require_transaction(one.event)
        data = dict(one.data)
        _check(one.event, data, {})
        entries.append(
            _entry(one.event, actor=actor, subject=one.subject, now=now, data=data, cause=cause)
        )
    Entry.objects.bulk_create(entries, batch_size=BATCH)
    return len(entries)


def _require_transaction(event: AuditEvent) -> None:
    if not connection.in_atomic_block:
        raise OutsideTransactionError(event)


def _entry(
    event: AuditEvent,
    *,
    actor: str,
    subject: str,
    now: datetime,
    data: Mapping[str, int | str],
    texts: Mapping[str, str] | None = None,
    cause: str = "",
    outcome: str = "done",
    controls: Sequence[str] = (),
) -> Entry:
    """Return the entry, not yet saved; `texts` are the commitments to its free texts."""
    body = rfc8785.dumps(
        {
            "version": FORMAT_VERSION,
            "event": event.value,
            "at": now.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": actor,
            "subject": subject,
            "cause": cause,
            "outcome": outcome,
            "controls": list(controls),
            "data": dict(data),
            "texts": dict(texts or {}),
            "nonce": secrets.token_hex(16),
        }
    )
    if len(body) > MAX_BODY_BYTES:
        message = f"The audit event {event} has {len(body)} bytes; at most {MAX_BODY_BYTES} fit."
        raise ValueError(message)
    return Entry(
        at=now,
        event=event.value,
        actor=actor,
        subject=subject,
        outcome=outcome,
        body=body,
        digest=hashlib.sha256(body).digest(),
    )


@transaction.atomic
def record_export(*, rows: int, filters: str, actor: policies.Reader, now: datetime) -> None:
    """Record that somebody takes entries of the trail away; `filters` says in words which.

    Raises:
        NotAReaderError: when the person may not read the trail.
    """
    policies.require_reader(actor)
    record(
        AuditEvent.TRAIL_EXPORTED,
        actor=actor.label,
        subject="audit:trail",
        now=now,
        data={"rows": rows, "filters": filters},
    )


def _insert(entry: Entry) -> int:
    """Insert an entry and return its number: by hand, since every change in the portal waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (at, event, actor, subject, outcome, body, digest)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
            [
                entry.at,
                entry.event,
                entry.actor,
                entry.subject,
                entry.outcome,
                bytes(entry.body),
                bytes(entry.digest),
            ],
        )
        row = cursor.fetchone()
    return int(row[0])


def _check(event: AuditEvent, data: Mapping[str, int | str], texts: Mapping[str, str]) -> None:
    description = VOCABULARY.get(event)
    if description is None:
        message = f"{event!r} is not in portal/audit/events.py."
        raise UnknownEventError(message)
    wrong = [
        name
        for name in description.data.keys() | data.keys()
        if type(data.get(name)) is not description.data.get(name)
    ]
    wrong += [name for name in texts if name not in description.texts]
    if wrong:
        message = f"{event}: {', '.join(sorted(wrong))} do not fit the schema of the event."
        raise UnknownEventError(message)
