"""Reads of events: one to follow, the lists of what came in and of what was refused."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from kpis.models import Deployment, Incident
from kpis.models.told import EVENTS
from portal.accounts.models import User
from portal.catalogue.models import Application
from portal.core.metrics import Gauge
from portal.integrations.models import EventState, ReceivedEvent, RefusedEvent
from portal.integrations.types.kinds import KINDS

# Counts stop here, so that a page costs the same however much waits.
MOST_COUNTED = 1000
# How many events one replay sets to wait.
MOST_REPLAYED = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows that is not counted to the end when there are many."""

    number: int

    def __str__(self) -> str:
        return f"{self.number:,}" if self.number < MOST_COUNTED else f"{MOST_COUNTED:,}+"

    def __bool__(self) -> bool:
        return bool(self.number)


@dataclass(frozen=True, slots=True)
class Fact:
    """A deployment or an incident: the word for it, which names its page, and its number."""

    word: str
    pk: int

    @property
    def url(self) -> str:
        """The address of its page."""
        return reverse(self.word, args=[self.pk])


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for a worker, and what waits for a person."""

    waiting: Count
    failed: Count
    refused: Count


def event_to_follow(public_id: UUID, *, sender: str = "") -> ReceivedEvent | None:
    """Return an event; of a certain sender when one is named."""
    found = ReceivedEvent.objects.select_related("application").defer("body")
    if sender:
        found = found.filter(sender=sender)
    return found.filter(public_id=public_id).first()


def events() -> QuerySet[ReceivedEvent]:
    """Return all events without their bodies: everybody who is signed in reads them."""
    return ReceivedEvent.objects.select_related("application").defer("body")


def whole_events() -> QuerySet[ReceivedEvent]:
    """Return all events as they were sent."""
    return ReceivedEvent.objects.select_related("application__owner")


def refusals() -> QuerySet[RefusedEvent]:
    """Return all that was refused: everybody who is signed in reads it."""
    return RefusedEvent.objects.select_related("application")


def backlog(application: Application | None = None) -> Backlog:
    """Return what waits, of one application or of all; from indexes that hold nothing else."""
    of = Q(application=application) if application else Q()
    found = ReceivedEvent.objects.filter(of)
    return Backlog(
        _counted(found.filter(state=EventState.ACCEPTED)),
        _counted(found.filter(state=EventState.FAILED)),
        _counted(RefusedEvent.objects.filter(of)),
    )


def latest_event(application: Application) -> ReceivedEvent | None:
    """Return the event of an application that came in last."""
    return events().filter(application=application).order_by("-received_at", "-pk").first()


def failed_ids(found: QuerySet[ReceivedEvent]) -> list[int]:
    """Return the ids of the failed ones among some events, the oldest first, as many as replay."""
    failed = found.filter(state=EventState.FAILED).order_by("received_at", "pk")
    return list(failed.values_list("pk", flat=True)[:MOST_REPLAYED])


def with_senders(rows: Iterable[ReceivedEvent | RefusedEvent]) -> None:
    """Give each row `sent_by`, the sender in words; one query for all people."""
    shown = list(rows)
    people = names_of(row.sender for row in shown)
    for row in shown:
        row.sent_by = people.get(row.sender, "")


def names_of(senders: Iterable[str]) -> dict[str, str]:
    """Return senders in words, by how they are stored."""
    found = set(senders)
    ids = {kind: _ids(found, kind) for kind in ("user", "application")}
    users = User.objects.filter(pk__in=ids["user"]).values_list("pk", "email")
    applications = Application.objects.filter(pk__in=ids["application"])
    names = {f"user:{pk}": email for pk, email in users} if ids["user"] else {}
    if ids["application"]:
        slugs = applications.values_list("pk", "slug")
        names |= {f"application:{pk}": f"pipeline of {slug}" for pk, slug in slugs}
    return names


def sender_named(text: str) -> str:
    """Return how a sender is stored whom a person calls by e-mail address or by slug."""
    if "@" in text:
        person = User.objects.filter(email=text.lower()).first()
        return f"user:{person.pk}" if person else "nobody"
    application = Application.objects.filter(slug=text).first()
    return f"application:{application.pk}" if application else "nobody"


def fact_of(event: ReceivedEvent) -> Fact | None:
    """Return what an event was made into, as far as that has a page of its own."""
    kind, _, rest = event.subject.partition(":")
    told = Q(application=event.application_id, source=EVENTS)
    if event.state != EventState.PROCESSED:
        return None
    if kind == "deployment":
        environment, _, name = rest.partition(":")
        there = Q(environment__slug=environment) | Q(environment__name__iexact=environment)
        deployment = Deployment.objects.filter(told & there, external_id=name).first()
        return Fact("deployment", deployment.pk) if deployment else None
    if kind == "incident":
        incident = Incident.objects.filter(told, external_id=rest).first()
        return Fact("incident", incident.pk) if incident else None
    return None


def words_of(type_: str) -> str:
    """Return what becomes of a type of event, in words."""
    kind = KINDS.get(type_)
    return kind.words if kind else ""


def gauges(*, now: datetime) -> Iterator[Gauge]:
    """Yield how many events wait or failed, and how old the oldest that waits is."""
    now_ = backlog()
    yield Gauge(
        "quarterdeck_events_waiting",
        f"Events that wait to be processed, {MOST_COUNTED} at most",
        now_.waiting.number,
    )
    yield Gauge(
        "quarterdeck_events_failed",
        f"Events that could not be processed, {MOST_COUNTED} at most",
        now_.failed.number,
    )
    oldest = ReceivedEvent.objects.filter(state=EventState.ACCEPTED).order_by("pk").first()
    yield Gauge(
        "quarterdeck_events_oldest_age_seconds",
        "Time since the oldest event that waits came in",
        (now - oldest.received_at).total_seconds() if oldest else 0,
    )


def _counted(found: QuerySet[ReceivedEvent] | QuerySet[RefusedEvent]) -> Count:
    return Count(found[:MOST_COUNTED].count())


def _ids(senders: Collection[str], kind: str) -> list[int]:
    return [
        int(number)
        for word, _, number in (sender.partition(":") for sender in senders)
        if word == kind and number.isdecimal()
    ]
