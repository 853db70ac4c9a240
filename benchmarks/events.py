"""The door for events: accepted per second, beside a bare view on the same server."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

from django.db import connection
from django.utils import timezone

from benchmarks.bare import TABLE
from benchmarks.context import ROOT, Context, Database
from benchmarks.posting import PLACE, Load, answered, in_turns
from benchmarks.report import Result
from portal.accounts.models import Role, User
from portal.api.services.tokens import create_pipeline_token
from portal.api.types import Scope
from portal.catalogue.models import Application, Lifecycle
from portal.integrations.models import ReceivedEvent

ROUNDS, SECONDS, WARM_UP_SECONDS = 5, 2.0, 1.0
BATCH = 100
# At least 0.6 of the bare view, and a batch at least 5 times singles per event.
MOST_SLOWER = 1 / 0.6
MOST_OF_A_SINGLE = 1 / 5
READY_SECONDS = 30

EVENT = {
    "context": {
        "specversion": "0.5.1",
        "id": PLACE.decode(),
        "source": "/ci/checkout",
        "type": "dev.cdevents.service.deployed.0.3.0",
        "timestamp": "",
    },
    "subject": {
        "id": "checkout",
        "source": "/ci/checkout",
        "content": {
            "environment": {"id": "production"},
            "artifactId": "pkg:oci/checkout@sha256%3A0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151",
        },
    },
}


def run(context: Context) -> Iterator[Result]:
    """Measure the door with single events and with batches of 100, and a bare view, in turns."""
    database = context.empty
    with context.on(database):
        token = _prepare()
        with _portal(database) as port:
            yield from _judge(*_measure(port, token))


def _measure(port: int, token: str) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
    event = json.dumps(EVENT).replace('""', f'"{timezone.now().isoformat()}"').encode()
    headers = f"Authorization: Bearer {token}\r\n"
    loads = [
        Load(port, "/bare", headers, event),
        Load(port, "/api/v1/events", headers, event),
        Load(port, "/api/v1/events", headers, b"[" + b",".join([event] * BATCH) + b"]"),
    ]
    for load in loads:
        answered(load, WARM_UP_SECONDS)
    before = ReceivedEvent.objects.count()
    bare, single, batch = in_turns(loads, rounds=ROUNDS, seconds=SECONDS, measure=answered)
    if ReceivedEvent.objects.count() <= before:
        raise RuntimeError("The events were accepted but are not there.")
    return bare, single, batch


def _judge(
    bare: Sequence[float], single: Sequence[float], batch: Sequence[float]
) -> Iterator[Result]:
    per_second = [rate * BATCH for rate in batch]
    yield Result(
        "events: a bare view that inserts a row is faster",
        median(rate / ours for rate, ours in zip(bare, single, strict=True)),
        MOST_SLOWER,
        "times",
        f"{median(single):,.0f} events/s against {median(bare):,.0f} rows/s, {ROUNDS} turns",
    )
    yield Result(
        f"events: one of a batch of {BATCH} against a single one",
        median(one / ours for one, ours in zip(single, per_second, strict=True)),
        MOST_OF_A_SINGLE,
        "times",
        f"{median(per_second):,.0f} events/s in batches against {median(single):,.0f} one by one",
    )


def _prepare() -> str:
    """Make the table of the bare view and an application, and return a token of its pipeline."""
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    now = timezone.now()
    person = User.objects.create_user("bench@example.com", name="Bench", role=Role.OPERATIONS)
    application = Application.objects.create(
        slug="checkout", name="Checkout", tier=2, lifecycle=Lifecycle.PRODUCTION, registered_at=now
    )
    issued = create_pipeline_token(
        application=application,
        name="bench",
        scopes=[Scope.EVENTS_WRITE],
        expires_at=now + timedelta(days=1),
        actor=person,
        now=now,
    )
    return issued.secret.text


@contextmanager
def _portal(database: Database) -> Iterator[int]:
    """Run the web server as `make up` does, on one database, and give its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as metrics, Path(metrics, "web.log").open("wb") as log:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "benchmarks.serving",
            "DATABASE_URL": database.url,
            "WEB_BIND": f"127.0.0.1:{port}",
            "PROMETHEUS_MULTIPROC_DIR": metrics,
            "LOG_TERMINAL_LEVEL": "WARNING",
            "LOG_FILE": str(Path(metrics, "portal.log")),
        }
        server = subprocess.Popen(  # noqa: S603 - our own server
            [
                *(sys.executable, "-m", "gunicorn", "--config", "python:portal.settings.gunicorn"),
                "portal.wsgi:application",
            ],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(port)
            yield port
        except BaseException:
            print(Path(log.name).read_text()[-4000:])
            raise
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz/live", timeout=5):
                return
        except (URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
