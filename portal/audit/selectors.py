"""Reading of the audit trail: which entries, and each as a sentence."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from portal.audit.events import AuditEvent, plain_label, sentence
from portal.audit.models import Entry, FreeText

# What somebody may leave out of a label, in the order in which it is tried.
SUBJECT_KINDS = ("application", "team", "user")

EXPORT_HEADER = (
    "number",
    "at",
    "event",
    "actor",
    "subject",
    "outcome",
    "sentence",
    "texts",
    "sha256",
)


@dataclass(frozen=True, slots=True)
class TextView:
    """A free text of an entry: null once it was erased."""

    name: str
    text: str | None
    fits: bool


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as a person reads it."""

    pk: int
    at: datetime
    event: str
    actor: str
    subject: str
    outcome: str
    sentence: str
    texts: tuple[TextView, ...]
    body: dict[str, Any]

    @property
    def actor_name(self) -> str:
        """Return the actor in words."""
        return plain_label(self.actor)

    @property
    def subject_name(self) -> str:
        """Return the subject in words."""
        return plain_label(self.subject)


def entries(
    *,
    event: str = "",
    actor: str = "",
    subject: str = "",
    begins_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> QuerySet[Entry]:
    """Return the entries that fit, without an order; empty arguments let everything through.

    `actor` and `subject` are labels such as `user:ada@example.com`, with or without their kind.
    """
    found = Entry.objects.all()
    if event:
        found = found.filter(event=event)
    if actor:
        found = found.filter(actor__in=_labels(actor, ("user", "system", "command")))
    if subject:
        found = found.filter(subject__in=_labels(subject, SUBJECT_KINDS))
    if begins_at:
        found = found.filter(at__gte=begins_at)
    if ends_at:
        found = found.filter(at__lt=ends_at)
    return found


def _labels(written: str, kinds: Iterable[str]) -> list[str]:
    return [written] if ":" in written else [f"{kind}:{written}" for kind in kinds]


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """One event as other apps tell it; `number` grows with every event of a subject."""

    number: int
    at: datetime
    sentence: str


def latest_event(*, subject: str, events: Sequence[AuditEvent]) -> RecordedEvent | None:
    """Return the newest event of these kinds about a subject, if there is any."""
    found = Entry.objects.filter(subject=subject, event__in=events)
    entry = found.order_by("-at", "-id").first()
    if entry is None:
        return None
    data = json.loads(bytes(entry.body))["data"]
    told = sentence(entry.event, actor=entry.actor, subject=entry.subject, data=data)
    return RecordedEvent(entry.pk, entry.at, told)


def with_texts(found: QuerySet[Entry]) -> QuerySet[Entry]:
    """Return the same entries with their free texts fetched beside them."""
    return found.prefetch_related("texts")


def entry_view(entry: Entry) -> EntryView:
    """Return the entry as a person reads it, told from its recorded bytes."""
    body = json.loads(bytes(entry.body))
    return EntryView(
        pk=entry.pk,
        at=entry.at,
        event=entry.event,
        actor=entry.actor,
        subject=entry.subject,
        outcome=entry.outcome,
        sentence=sentence(
            entry.event, actor=entry.actor, subject=entry.subject, data=body["data"]
        ),
        texts=tuple(
            TextView(text.name, text.text, _fits(text, body["texts"]))
            for text in sorted(entry.texts.all(), key=lambda text: text.name)
        ),
        body=body,
    )


def _fits(text: FreeText, commitments: dict[str, str]) -> bool:
    if text.text is None:
        return False
    digest = hashlib.sha256(bytes(text.salt) + text.text.encode()).hexdigest()
    return commitments.get(text.name) == digest


def export_row(entry: Entry) -> list[str | int | datetime]:
    """Return the entry as a line of an export."""
    view = entry_view(entry)
    texts = "; ".join(f"{one.name}: {one.text or 'erased'}" for one in view.texts)
    return [
        view.pk,
        view.at,
        view.event,
        view.actor,
        view.subject,
        view.outcome,
        view.sentence,
        texts,
        bytes(entry.digest).hex(),
    ]


def digest_fits(entry: Entry) -> bool:
    """Return whether the stored digest is that of the stored bytes."""
    return hashlib.sha256(bytes(entry.body)).digest() == bytes(entry.digest)
