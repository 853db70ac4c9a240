"""Events on their way to KPIs, with web server, worker and beat as `make up` runs them.

How long from sending a deployment until the roll-up of its application shows it, at 50 events a
second; and a burst of 1,000 events a second for a minute, in batches: that none is lost, how long
until all are facts, and whether the memory of the workers grows.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from statistics import median, quantiles
from threading import Event, Thread

import psutil
from django.db import connection
from django.utils import timezone

from benchmarks.context import ROOT, Context, Database
from benchmarks.report import Result
from kpis import services
from portal.accounts.models import Role, User
from portal.api.services.tokens import create_personal_token
from portal.api.types import Scope
from portal.catalogue.models import Application, Environment, Team
from portal.core import heartbeat
from portal.core.embedded.machine import choose_port
from portal.core.embedded.supervisor import commands
from portal.integrations.models import EventState, ReceivedEvent

APPLICATIONS = 60
PER_SECOND, SECONDS, MOST_SECONDS_UNTIL_SEEN = 50, 25, 2
BURST_PER_SECOND, BURST_SECONDS, BATCH, MOST_SECONDS_TO_DRAIN = 1000, 60, 100, 180
MOST_GROWTH = 1.25
ACCEPTED = 202
SENDERS = 4


def run(context: Context) -> Iterator[Result]:
    """Measure the flow and the burst on a portal of a few applications."""
    with context.on(context.empty):
        token = prepare(timezone.now())
        with portal(context.empty) as door:
            door.token = token
            yield flow(door)
            yield from burst(door)


def prepare(now: datetime) -> str:
    """Register the applications and return the token of somebody who may send for all."""
    team = Team.objects.create(slug="flow", name="Flow", workdays=[1, 2, 3, 4, 5])
    Team.objects.filter(pk=team.pk).update(lineage=[team.pk])
    for number in range(APPLICATIONS):
        application = Application.objects.create(
            slug=f"flow-{number}", name=f"Flow {number}", owner=team, registered_at=now
        )
        Environment.objects.create(
            application=application, slug="production", name="Production", is_production=True
        )
    services.refresh_scopes()
    person = User.objects.create(email="flow@example.com", name="Flow", role=Role.OPERATIONS)
    issued = create_personal_token(
        name="flow",
        scopes=[Scope.EVENTS_WRITE],
        expires_at=now + timedelta(days=1),
        actor=person,
        now=now,
    )
    return issued.secret.text


@dataclass(slots=True)
class Door:
    """Where events are sent, and the processes behind it."""

    port: int
    worker: psutil.Process
    token: str = ""

    def memory(self) -> float:
        """Return the resident memory of the worker and its children in megabytes."""
        each = [self.worker, *self.worker.children(recursive=True)]
        return sum(process.memory_info().rss for process in each) / 1e6


@contextmanager
def portal(database: Database) -> Iterator[Door]:
    """Run web server, worker and beat on a database until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "run").mkdir()
        port, begun = choose_port(8190), timezone.now()
        environment = os.environ | {
            "DATABASE_URL": database.url,
            "WEB_BIND": f"127.0.0.1:{port}",
            "LOG_LEVEL": "ERROR",
        }
        started = {
            name: subprocess.Popen(  # noqa: S603 - the portal's own commands
                [sys.executable, *arguments], cwd=ROOT, env=environment
            )
            for name, arguments in commands(Path(folder)).items()
        }
        try:
            _wait_for(port)
            _wait_for_worker(since=begun)
            yield Door(port, psutil.Process(started["worker"].pid))
        finally:
            for process in started.values():
                process.terminate()
            for process in started.values():
                process.wait(timeout=30)


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            asking = HTTPConnection("127.0.0.1", port, timeout=5)
            asking.request("GET", "/healthz/live")
            asking.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The portal does not answer.")


def _wait_for_worker(*, since: datetime) -> None:
    """Wait until schedule, queue and worker have worked together: their start is not measured."""
    for _ in range(600):
        at = heartbeat.last()
        if at is not None and at > since:
            return
        time.sleep(0.1)
    raise RuntimeError("The worker does not work.")


@dataclass(slots=True)
class Sender:
    """One connection that sends events and keeps no more than that."""

    door: Door
    connection: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = HTTPConnection("127.0.0.1", self.door.port, timeout=60)

    def send(self, body: object) -> None:
        """Send one event or a batch.

        Raises:
            RuntimeError: when it is not accepted.
        """
        self.connection.request(
            "POST",
            "/api/v1/events",
            json.dumps(body),
            {"Content-Type": "application/json", "Authorization": f"Bearer {self.door.token}"},
        )
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != ACCEPTED:
            raise RuntimeError(f"The door answered {answer.status}: {text[:300].decode()}")


# --- From sending to the roll-up ----------------------------------------------------------------


def flow(door: Door) -> Result:
    """Send deployments of all applications in turn, and watch their roll-ups."""
    sent: dict[str, list[float]] = {f"flow-{number}": [] for number in range(APPLICATIONS)}
    seen: dict[str, list[float]] = {slug: [] for slug in sent}
    stop = Event()
    watcher = Thread(target=_watch, args=(seen, stop))
    watcher.start()
    begun = time.monotonic()

    def work(place: int) -> None:
        sender = Sender(door)
        for number in range(place, PER_SECOND * SECONDS, SENDERS):
            time.sleep(max(0.0, begun + number / PER_SECOND - time.monotonic()))
            slug = f"flow-{number % APPLICATIONS}"
            sent[slug].append(time.monotonic())
            sender.send(_deployment(slug, f"flow-{number}", timezone.now()))

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(work, range(SENDERS)))
    wanted = PER_SECOND * SECONDS
    until = time.monotonic() + 60
    while sum(map(len, seen.values())) < wanted and time.monotonic() < until:
        time.sleep(0.1)
    stop.set()
    watcher.join()
    # The n-th deployment of an application is seen when its roll-up counts n of them.
    waits = [
        after - before
        for slug in sent
        for before, after in zip(sorted(sent[slug]), seen[slug], strict=False)
    ]
    lost = wanted - len(waits)
    p95 = quantiles(waits, n=20)[-1] if not lost else float("inf")
    return Result(
        f"event to visible KPI at {PER_SECOND}/s, p95",
        p95,
        MOST_SECONDS_UNTIL_SEEN,
        "s",
        f"p50 {median(waits):.2f} s, longest {max(waits):.2f} s, {len(waits)} of {wanted} events",
    )


def _watch(seen: dict[str, list[float]], stop: Event) -> None:
    """Note when the roll-up of each application counts one more deployment."""
    statement = """
        SELECT a.slug, sum(r.deployments) FROM kpis_rollup AS r
        JOIN catalogue_application AS a ON a.id = r.scope_id
        WHERE r.scope_kind = 1 AND r.grain = 'day' GROUP BY a.slug
    """
    try:
        while not stop.wait(0.05):
            with connection.cursor() as cursor:
                cursor.execute(statement)
                rows = cursor.fetchall()
            at = time.monotonic()
            for slug, count in rows:
                seen[slug] += [at] * (count - len(seen[slug]))
    finally:
        connection.close()


def _deployment(slug: str, name: str, at: datetime) -> dict[str, object]:
    return {
        "type": "deployment",
        "id": name,
        "application": slug,
        "environment": "production",
        "version": name,
        "status": "succeeded",
        "finished_at": at.isoformat(),
    }


# --- A burst ------------------------------------------------------------------------------------


def burst(door: Door) -> Iterator[Result]:
    """Send a thousand events a second for a minute, and wait until all of them are facts."""
    total = BURST_PER_SECOND * BURST_SECONDS
    before = ReceivedEvent.objects.count()
    begun = time.monotonic()
    memory: list[float] = []

    def work(place: int) -> None:
        sender = Sender(door)
        for number in range(place, total // BATCH, SENDERS):
            time.sleep(max(0.0, begun + number * BATCH / BURST_PER_SECOND - time.monotonic()))
            sender.send(_batch(number))

    with ThreadPoolExecutor(SENDERS) as pool:
        sending = [pool.submit(work, place) for place in range(SENDERS)]
        while not all(each.done() for each in sending):
            memory.append(door.memory())
            time.sleep(1)
        for each in sending:
            each.result()
    sent_after = time.monotonic() - begun
    until = time.monotonic() + MOST_SECONDS_TO_DRAIN * 2
    waiting = ReceivedEvent.objects.filter(state=EventState.ACCEPTED)
    while waiting.exists() and time.monotonic() < until:
        memory.append(door.memory())
        time.sleep(0.5)
    drained = time.monotonic() - begun - sent_after
    stored = ReceivedEvent.objects.count() - before
    ended = ReceivedEvent.objects.filter(state=EventState.PROCESSED).count() - before
    yield Result(
        "burst: events lost", total - min(stored, ended), 0, "events", f"{stored:,} stored"
    )
    yield Result(
        f"burst of {BURST_PER_SECOND}/s for {BURST_SECONDS} s: drained after",
        drained,
        MOST_SECONDS_TO_DRAIN,
        "s",
        f"sent in {sent_after:.0f} s in batches of {BATCH}; "
        f"{total / (sent_after + drained):,.0f} events/s from the first to the last",
    )
    yield Result(
        "burst: memory of the workers, end against the first third",
        _growth(memory),
        MOST_GROWTH,
        "times",
        f"{min(memory):.0f} to {max(memory):.0f} MB",
    )


def _growth(memory: Sequence[float]) -> float:
    third = max(len(memory) // 3, 1)
    return median(memory[-third:]) / median(memory[:third])


def _batch(number: int) -> list[dict[str, object]]:
    """Return a hundred events of many applications: changes, deployments, incidents."""
    now, random = timezone.now(), Random(number)
    events: list[dict[str, object]] = []
    for part in range(BATCH // 4):
        slug = f"flow-{random.randrange(APPLICATIONS)}"
        name = f"burst-{number}-{part}"
        where: dict[str, object] = {
            "application": slug,
            "repository": f"https://git.example.com/{slug}",
            "commit": f"{number:020x}{part:020x}",
        }
        deployment: dict[str, object] = _deployment(slug, name, now) | where
        change: dict[str, object] = {
            "type": "change",
            **where,
            "authored_at": (now - timedelta(hours=3)).isoformat(),
            "merged_at": (now - timedelta(minutes=9, seconds=part)).isoformat(),
        }
        running = {k: v for k, v in deployment.items() if k != "finished_at"}
        running |= {"status": "running", "started_at": (now - timedelta(minutes=4)).isoformat()}
        incident: dict[str, object] = {
            "type": "incident",
            "id": f"incident-{number}-{part // 5}",
            "application": slug,
            "environment": "production",
            "opened_at": now.isoformat(),
            "title": f"Part {part}",
        }
        events += [change, running, deployment, incident]
    return events
