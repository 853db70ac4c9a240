"""What the log costs: a change with its event against one without, and how fast leaves are given."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from unittest import mock

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.context import Context
from benchmarks.report import Result
from portal.accounts.models import Role, User
from portal.audit import services as audit
from portal.audit.adapters.keys import KeyFolder
from portal.audit.events import AuditEvent
from portal.audit.services.sequencing import sequence
from portal.catalogue.models import Application, Lifecycle, TeamKind, Tier
from portal.catalogue.services import change_application, create_team, register_application

CLIENTS, CHANGES, ROUNDS = 16, 25, 5
ENTRIES = 60_000
# A change with its event takes at most this many times as long; seconds for so many leaves.
MOST_RATIO, MOST_SECONDS, LEAVES = 1 / 0.9, 1.0, 10_000
LABEL = "user:bench@example.com"


def told(number: int) -> None:
    """Record an event, as a service does."""
    audit.record(
        AuditEvent.INCIDENT_OPENED,
        actor=LABEL,
        subject=f"application:app-{number}",
        now=timezone.now(),
        data={"incident": number, "severity": 2, "opened_at": "2026-03-04T12:00:00Z"},
    )


def bare(*_event: object, **_told: object) -> int:
    """Insert a row of the same size in the place of an event, made of nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (at, event, actor, subject, outcome, body, digest)"
            " VALUES (now(), 'x', %s, 'application:app-1', 'done', %s, %s) RETURNING id",
            [LABEL, b"x" * 420, b"d" * 32],
        )
        return int((cursor.fetchone() or [0])[0])


def rate(applications: Sequence[Application], actor: User) -> float:
    """Return how many changes of applications a second all clients make together."""

    def client(application: Application) -> None:
        try:
            for number in range(CHANGES):
                change_application(
                    application=application,
                    actor=actor,
                    now=timezone.now(),
                    description=f"{number} {perf_counter()}",
                )
        finally:
            connection.close()

    started = perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, applications))
    return CLIENTS * CHANGES / (perf_counter() - started)


def run(context: Context) -> Iterator[Result]:
    """Measure both in one run, in turn."""
    with context.on(context.empty):
        yield _cost()
        yield _pace()


def _cost() -> Result:
    actor = User.objects.create_user("bench@example.com", name="Bench", role=Role.OPERATIONS)
    team = create_team(
        name="Bench",
        kind=TeamKind.TEAM,
        parent=None,
        zone="UTC",
        country="GB",
        actor=actor,
        now=timezone.now(),
    )
    applications = [
        register_application(
            name=f"Bench {place}",
            owner=team,
            tier=Tier.THREE,
            lifecycle=Lifecycle.PRODUCTION,
            actor=actor,
            now=timezone.now(),
        )
        for place in range(CLIENTS)
    ]
    with_event, without = [], []
    for _ in range(ROUNDS):
        with mock.patch.object(audit, "record", bare):
            without.append(rate(applications, actor))
        with_event.append(rate(applications, actor))
    return Result(
        f"a change of an application with its event against one with a bare row, {CLIENTS} clients",
        sorted(without)[ROUNDS // 2] / sorted(with_event)[ROUNDS // 2],
        MOST_RATIO,
        "times the time",
        f"median of {ROUNDS} rounds each, in turn",
    )


def _pace() -> Result:
    with TemporaryDirectory() as folder:
        keys = KeyFolder(Path(folder))
        while sequence(now=timezone.now(), keys=keys):
            pass
        with transaction.atomic():
            for number in range(ENTRIES):
                told(number)
        started, taken = perf_counter(), 0
        while number := sequence(now=timezone.now(), keys=keys):
            taken += number
        return Result(
            f"{LEAVES:,} events given their leaves",
            (perf_counter() - started) / taken * LEAVES,
            MOST_SECONDS,
            "s",
            f"of {taken:,}",
        )
