"""Reading of the audit trail: which entries, and each as a sentence."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from portal.audit.adapters.storing import reader
from portal.audit.events import AuditEvent, plain_label, sentence
from portal.audit.models import Alarm, Entry, FreeText, Leaf, Log, LogKey
from portal.audit.tree import Receipt, inclusion_proof

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


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry is in the log, and the receipt that proves it."""

    index: int
    origin: str
    size: int
    signed_at: datetime
    receipt: Receipt


def proof_of(entry: Entry) -> Proof | None:
    """Return the proof of an entry in the current log, or None while it has no leaf yet."""
    leaf = Leaf.objects.filter(entry=entry, log__is_current=True).select_related("log").first()
    if leaf is None:
        return None
    # The first checkpoint that has it: its proof is the shortest, and never changes.
    checkpoint = leaf.log.checkpoints.filter(size__gt=leaf.index).order_by("size").first()
    if checkpoint is None:
        return None
    hashes = inclusion_proof(leaf.index, checkpoint.size, reader(leaf.log))
    receipt = Receipt(leaf.index, tuple(hashes), checkpoint.note)
    return Proof(leaf.index, leaf.log.origin, checkpoint.size, checkpoint.signed_at, receipt)


@dataclass(frozen=True, slots=True)
class LogState:
    """How the log stands: what was signed last, by which keys, and what is wrong."""

    origin: str
    size: int
    signed_at: datetime | None
    note: str
    keys: tuple[str, ...]
    alarms: tuple[Alarm, ...]


def log_state() -> LogState | None:
    """Return how the current log stands, or None before the first entry was sequenced."""
    log = Log.objects.filter(is_current=True).first()
    if log is None:
        return None
    last = log.checkpoints.first()
    return LogState(
        log.origin,
        last.size if last else 0,
        last.signed_at if last else None,
        last.note if last else "",
        tuple(LogKey.objects.filter(ends_at=None).values_list("text", flat=True)),
        tuple(log.alarms.filter(settled_at=None)),
    )


def digest_fits(entry: Entry) -> bool:
    """Return whether the stored digest is that of the stored bytes."""
    return hashlib.sha256(bytes(entry.body)).digest() == bytes(entry.digest)
