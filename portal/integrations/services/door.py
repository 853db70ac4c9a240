"""The door for events: whoever may send them, each is stored as it was sent, before all else.

What comes in is its own record: who sent what and when. So no audit event is written for it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from uuid import UUID, uuid4

from django.conf import settings

from portal.api.services.authentication import Principal
from portal.catalogue import policies as catalogue
from portal.catalogue.models import Application
from portal.core import jobs
from portal.integrations.adapters import inbox
from portal.integrations.models import EventState, RefusedEvent
from portal.integrations.selectors.applications import applications_by_slug, slug_of
from portal.integrations.types.faults import Fault
from portal.integrations.types.incoming import Incoming

PROCESS = "portal.integrations.tasks.process_events"
# How much of what was refused is kept, and of how many parts of one request.
KEPT_BYTES = 64 * 1024
KEPT_REFUSALS = 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is not accepted: the HTTP status that says so, why, and what was sent."""

    faults: Sequence[Fault]
    body: bytes
    type: str = ""
    status: int = HTTPStatus.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class Receipt:
    """What happened to one event: it is stored, or was before, or it is refused."""

    public_id: UUID | None = None
    state: EventState | None = None
    is_duplicate: bool = False
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Which application an event is about; `reason` says why it cannot be processed yet."""

    application_id: int | None
    reason: str = ""


class UnprovenError(Exception):
    """Nothing was stored, so nothing has shown that the sender may send."""


def receive(
    *,
    sent: Sequence[Incoming | Refusal],
    sender: Principal,
    default: str = "",
    is_proven: bool = True,
    now: datetime,
) -> list[Receipt]:
    """Store events and return what happened to each, in the order in which they were sent.

    `default` is the slug of the application of those that name none. An event that was stored
    before is not stored again; what is refused is kept for the people who can mend it.

    Raises:
        UnprovenError: the sender is remembered, not authenticated, and storing proved nothing.
    """
    places = _Places(sender, default, sent)
    placed = [(one, places.of(one) if isinstance(one, Incoming) else one) for one in sent]
    rows = {
        number: _row(one, place, sender, now)
        for number, (one, place) in enumerate(placed)
        if isinstance(one, Incoming) and isinstance(place, _Place)
    }
    token_id = None if is_proven else sender.token_id
    stored = inbox.insert_events(list(rows.values()), token_id=token_id) if rows else set()
    if not stored and not is_proven:
        raise UnprovenError
    repeated = [row for row in rows.values() if row.public_id not in stored]
    keys = {(row.source, row.event_id) for row in repeated}
    known = inbox.find_events(sender.sender, keys) if keys else {}
    receipts = []
    for number, (_, place) in enumerate(placed):
        if isinstance(place, Refusal):
            receipts.append(Receipt(refusal=place))
        elif (row := rows[number]).public_id in stored:
            receipts.append(Receipt(row.public_id, EventState(row.state)))
        else:
            receipts.append(_repeated(row, known[row.source, row.event_id]))
    if stored:
        jobs.nudge(PROCESS)
    keep_refusals([r.refusal for r in receipts if r.refusal], sender=sender, now=now)
    return receipts


def keep_refusals(refusals: Iterable[Refusal], *, sender: Principal, now: datetime) -> None:
    """Keep what was refused where its sender's people find it, the first few of a request."""
    rows = {row.digest: row for row in _refusal_rows(refusals, sender, now)}
    if rows:
        inbox.insert_refusals(list(rows.values())[:KEPT_REFUSALS])


def forget_refusals(*, now: datetime) -> int:
    """Remove what was refused and has not been sent again for long; return how much it was."""
    kept = timedelta(days=settings.EVENT_REFUSALS_KEPT_DAYS)
    removed, _ = RefusedEvent.objects.filter(received_at__lt=now - kept).delete()
    return removed


def _row(one: Incoming, place: _Place, sender: Principal, now: datetime) -> inbox.EventRow:
    return inbox.EventRow(
        public_id=uuid4(),
        sender=sender.sender,
        source=one.source,
        event_id=one.event_id,
        type=one.type,
        body=one.body,
        occurred_at=one.occurred_at,
        received_at=now,
        application_id=place.application_id,
        state=EventState.FAILED.value if place.reason else EventState.ACCEPTED.value,
        reason=place.reason,
        processed_at=now if place.reason else None,
    )


def _repeated(row: inbox.EventRow, first: inbox.Stored) -> Receipt:
    """Return the receipt of what was stored before; another content under its id is refused."""
    if sha256(row.body).digest() == first.digest:
        return Receipt(first.public_id, EventState(first.state), is_duplicate=True)
    fault = Fault(
        "",
        f"The source has sent another event with this id: {first.public_id}.",
        "Give every event an id of its own; the first one stays as it is.",
    )
    refusal = Refusal([fault], row.body, row.type, HTTPStatus.CONFLICT)
    return Receipt(first.public_id, EventState(first.state), refusal=refusal)


def _refusal_rows(
    refusals: Iterable[Refusal], sender: Principal, now: datetime
) -> Iterator[inbox.RefusalRow]:
    for refusal in refusals:
        faults = json.dumps([_told(fault) for fault in refusal.faults])
        yield inbox.RefusalRow(
            public_id=uuid4(),
            sender=sender.sender,
            digest=sha256(f"{refusal.status} {faults} ".encode() + refusal.body).digest(),
            application_id=sender.application_id,
            type=printable(refusal.type)[:200],
            status=refusal.status,
            faults=faults,
            body=refusal.body[:KEPT_BYTES],
            size=len(refusal.body),
            first_at=now,
            received_at=now,
        )


def _told(fault: Fault) -> dict[str, str]:
    return {
        "pointer": printable(fault.pointer),
        "detail": printable(fault.detail),
        "mend": printable(fault.mend),
    }


def printable(text: str) -> str:
    """Return the text with a mark in place of what cannot be shown or stored."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


class _Places:
    """Finds which application each event of a request is about, with at most one query."""

    def __init__(
        self, sender: Principal, default: str, sent: Sequence[Incoming | Refusal]
    ) -> None:
        self.sender = sender
        self.default = default
        if sender.application_id is None:
            slugs = {one.application or default for one in sent if isinstance(one, Incoming)}
            self.known = applications_by_slug(slugs - {""}) if slugs - {""} else {}
        self.allowed: dict[int | None, bool] = {}

    def of(self, one: Incoming) -> _Place | Refusal:
        """Return the place of an event, or why the sender may not put it there."""
        if self.sender.application_id is not None:
            return self._of_pipeline(one, self.sender.application_id)
        slug = one.application or self.default
        application = self.known.get(slug)
        if application is not None:
            if self._may_send(application):
                return _Place(application.pk)
            fault = Fault(
                "/application",
                f"You may not send events of {application}.",
                "Use the token of its pipeline, or ask the team that owns it.",
            )
            return _refusal(one, fault, HTTPStatus.FORBIDDEN)
        if slug:
            return _Place(
                None,
                f"There is no application “{slug}”. Register it, or mend the name and send the"
                " event again; then replay this one.",
            )
        if one.is_needed:
            fault = Fault(
                "/customData/application" if "." in one.type else "/application",
                "Which application this is about is missing.",
                "Send its slug here or as ?application=..., or use the token of its pipeline.",
            )
            return _refusal(one, fault, HTTPStatus.BAD_REQUEST)
        return _Place(None)

    def _of_pipeline(self, one: Incoming, application_id: int) -> _Place | Refusal:
        # The custom data of CDEvents is theirs: only who has no application looks for one in it.
        slug = self.default or ("" if "." in one.type else one.application)
        if slug and slug != slug_of(application_id):
            fault = Fault(
                "/application",
                f"This token is of {slug_of(application_id)}, not of “{slug}”.",
                "Leave the application out, or use the token of its pipeline.",
            )
            return _refusal(one, fault, HTTPStatus.FORBIDDEN)
        return _Place(application_id)

    def _may_send(self, application: Application) -> bool:
        """Return whether the person works on it: what the policy asks is who owns it."""
        actor, owner = self.sender.actor, application.owner_id
        if owner not in self.allowed:
            self.allowed[owner] = catalogue.allows(
                actor, catalogue.CHANGE_APPLICATION, application
            )
        return self.allowed[owner]


def _refusal(one: Incoming, fault: Fault, status: int) -> Refusal:
    return Refusal([fault], one.body, one.type, status)
