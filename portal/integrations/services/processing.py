"""Processing of events: what is stored becomes facts, once in effect, whatever happens meanwhile.

A transaction claims waiting events, folds all that is stored about their subjects, writes the
facts and what became of each event. It is all there or nothing: a worker that dies leaves the
events as they were. A batch that the database refuses is taken apart until the event that is the
matter is alone; that one fails with a reason, and the others go on.
"""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction

from kpis.metrics.history import Patterns
from kpis.services.marks import hold
from kpis.services.told import record_told
from kpis.types import Told, ToldArtifact, ToldChange, ToldDeployment, ToldIncident
from portal.integrations.adapters import waiting
from portal.integrations.adapters.waiting import Ending, StoredEvent
from portal.integrations.models import EventState
from portal.integrations.services.places import ACTOR, Applications, Catalogue
from portal.integrations.services.pulse import Clock
from portal.integrations.types.folds import (
    fold_artifact,
    fold_change,
    fold_deployment,
    fold_incident,
    in_order,
    last_named,
)
from portal.integrations.types.kinds import Becomes
from portal.integrations.types.testimony import Testimony, UnclearError, testify

logger = structlog.get_logger(__name__)

# A deadlock or a database that restarts passes; after so many attempts beat tries again.
MOST_ATTEMPTS = 3
PAUSE_SECONDS = 0.2
NO_BEGINNING = "Nothing tells yet when this incident began. It counts as soon as that comes in."
NOTHING_SAID = "It does not say which change the artifact carries, so nothing is made of it."

Subject = tuple[int, str]


def process_events(*, clock: Clock, until: float) -> bool:
    """Process what waits for as long as batches are full, and return whether there may be more.

    `until` is a moment of `time.monotonic`: others, such as the KPIs, want the worker, too.
    Events that another worker holds are left to it.
    """
    while (done := process_some(now=clock())) == waiting.MOST_EVENTS:
        if time.monotonic() >= until:
            return True
    return done > 0


def process_some(*, now: datetime, only: Collection[int] | None = None) -> int:
    """Process one batch of what waits, of `only` some events if told, and return how many.

    Raises:
        OperationalError: when the database stays away.
    """
    claimed: list[int] = []
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            return _process(claimed, only=only, now=now)
        except OperationalError:
            logger.warning("events_delayed", attempt=attempt, exc_info=True)
            if attempt == MOST_ATTEMPTS:
                raise
            connection.close()
            time.sleep(PAUSE_SECONDS * attempt)
        except Exception as error:
            # What one event is the matter with must not stop the others.
            logger.warning("events_taken_apart", events=len(claimed), exc_info=True)
            return _take_apart(claimed, error, now=now)
    return 0


def _take_apart(claimed: Sequence[int], error: Exception, *, now: datetime) -> int:
    if len(claimed) > 1:
        half = len(claimed) // 2
        return sum(process_some(now=now, only=part) for part in (claimed[:half], claimed[half:]))
    kind = "database refuses" if isinstance(error, DatabaseError) else "portal cannot process"
    reason = f"The {kind} what it says ({type(error).__name__}). The log of the workers has more."
    with transaction.atomic():
        waiting.settle(
            [Ending(id_, EventState.FAILED, reason) for id_ in waiting.claim(claimed)], now=now
        )
    return len(claimed)


@dataclass(slots=True)
class _Batch:
    """What one transaction does: what is said about each subject, by event, and how events end."""

    said: dict[Subject, list[tuple[int, Testimony]]] = field(default_factory=dict)
    endings: dict[int, Ending] = field(default_factory=dict)

    def add(self, event: StoredEvent, testimony: Testimony, application: int) -> None:
        """Add what an event says to its subject."""
        subject = (application, testimony.subject)
        self.said.setdefault(subject, []).append((event.id, testimony))

    def end(self, subject: Subject, state: EventState, reason: str = "") -> None:
        """Say what becomes of all events about a subject."""
        application, name = subject
        for id_, _ in self.said[subject]:
            self.endings[id_] = Ending(id_, state, reason, name, application)

    def fail(self, id_: int, reason: object, application: int | None = None) -> None:
        """Say that an event cannot become a fact, and whose it is to mend it if that is known."""
        self.endings[id_] = Ending(id_, EventState.FAILED, str(reason), application_id=application)

    @property
    def applications(self) -> set[int]:
        """The applications that anything is said about."""
        return {application for application, _ in self.said}


@transaction.atomic
def _process(claimed: list[int], *, only: Collection[int] | None, now: datetime) -> int:
    claimed[:] = waiting.claim(only)
    if not claimed:
        return 0
    batch = _Batch()
    _hear(waiting.read(claimed), batch)
    # Whoever else tells of these applications waits here, and then sees what we have written.
    hold(batch.applications)
    catalogue = Catalogue(batch.applications, now=now)
    _weed(batch, catalogue)
    earlier = _recall(batch, catalogue)
    told = _Folding(batch, catalogue).told()
    if told.applications:
        record_told(told=told, actor=ACTOR, now=now)
    endings = batch.endings.values()
    waiting.settle([each for each in endings if earlier.get(each.id) != each.state], now=now)
    return len(claimed)


def _hear(events: Iterable[StoredEvent], batch: _Batch) -> None:
    """Let every event testify; what needs no facts or says too little ends here."""
    said: list[tuple[StoredEvent, Testimony]] = []
    for event in events:
        try:
            said.append((event, _testimony(event)))
        except UnclearError as error:
            batch.fail(event.id, error)
    applications = Applications(said)
    for event, testimony in said:
        if testimony.becomes is Becomes.NOTHING:
            batch.endings[event.id] = Ending(event.id, EventState.KEPT)
        elif not testimony.subject:
            batch.endings[event.id] = Ending(event.id, EventState.KEPT, NOTHING_SAID)
        else:
            try:
                batch.add(event, testimony, applications.of(event, testimony))
            except UnclearError as error:
                batch.fail(event.id, error)


def _weed(batch: _Batch, catalogue: Catalogue) -> None:
    """Take out each event that names what the catalogue does not know."""
    for subject, said in list(batch.said.items()):
        application, _ = subject
        for id_, testimony in said:
            try:
                catalogue.check(application, testimony)
            except UnclearError as error:
                batch.fail(id_, error, application)
        batch.said[subject] = [each for each in said if each[0] not in batch.endings]
        if not batch.said[subject]:
            del batch.said[subject]


def _recall(batch: _Batch, catalogue: Catalogue) -> dict[int, str]:
    """Add what was said about the same subjects before; return how those events ended."""
    shared = [subject for subject, said in batch.said.items() if not said[0][1].is_alone]
    earlier: dict[int, str] = {}
    for event in waiting.siblings(shared):
        testimony = _testimony(event)
        if event.application_id is not None and catalogue.knows(event.application_id, testimony):
            batch.add(event, testimony, event.application_id)
            earlier[event.id] = event.state
    return earlier


def _testimony(event: StoredEvent) -> Testimony:
    return testify(
        event=event.public_id,
        source=event.source,
        event_id=event.event_id,
        type_=event.type,
        occurred_at=event.occurred_at,
        body=event.body,
    )


class _Folding:
    """Folds what is said about each subject into a fact, by what it becomes."""

    def __init__(self, batch: _Batch, catalogue: Catalogue) -> None:
        self._batch = batch
        self._catalogue = catalogue
        self._bots = Patterns(settings.KPI_BOT_PATTERNS)
        self._hotfixes = Patterns(settings.KPI_HOTFIX_PATTERNS)
        self._deployments: list[ToldDeployment] = []
        self._changes: list[ToldChange] = []
        self._incidents: list[ToldIncident] = []
        self._artifacts: list[ToldArtifact] = []

    def told(self) -> Told:
        """Return all facts, and end the events about each."""
        fold = {
            Becomes.DEPLOYMENT: self._deployment,
            Becomes.CHANGE: self._change,
            Becomes.INCIDENT: self._incident,
            Becomes.ARTIFACT: self._artifact,
        }
        for subject, said in self._batch.said.items():
            testimonies = in_order(testimony for _, testimony in said)
            fold[testimonies[0].becomes](subject, testimonies)
        return Told(
            deployments=self._deployments,
            changes=self._changes,
            incidents=self._incidents,
            artifacts=self._artifacts,
            placed=sorted(self._catalogue.placed),
        )

    def _deployment(self, subject: Subject, said: Sequence[Testimony]) -> None:
        application, _ = subject
        self._deployments.append(
            fold_deployment(
                said,
                application=application,
                environment=self._catalogue.environment(
                    application, last_named(said, "environment")
                ),
                repository=self._repository(application, said),
            )
        )
        self._batch.end(subject, EventState.PROCESSED)

    def _change(self, subject: Subject, said: Sequence[Testimony]) -> None:
        application, _ = subject
        self._changes.append(
            fold_change(
                said,
                application=application,
                repository=self._catalogue.repository(application, said[0].repository),
                bots=self._bots,
                hotfixes=self._hotfixes,
            )
        )
        self._batch.end(subject, EventState.PROCESSED)

    def _incident(self, subject: Subject, said: Sequence[Testimony]) -> None:
        application, _ = subject
        named = last_named(said, "environment")
        environment = self._catalogue.environment(application, named) if named else None
        incident = fold_incident(said, application=application, environment=environment)
        if incident is None:
            self._batch.end(subject, EventState.KEPT, NO_BEGINNING)
        else:
            self._incidents.append(incident)
            self._batch.end(subject, EventState.PROCESSED)

    def _artifact(self, subject: Subject, said: Sequence[Testimony]) -> None:
        application, _ = subject
        self._artifacts.append(
            fold_artifact(
                said, application=application, repository=self._repository(application, said)
            )
        )
        self._batch.end(subject, EventState.PROCESSED)

    def _repository(self, application: int, said: Sequence[Testimony]) -> int | None:
        address = last_named(said, "repository")
        return self._catalogue.repository(application, address) if address else None
