"""Pytest plugin: real processes that a test may start, kill and start again.

`celery_worker` is a Celery worker at work on the test's own database and queue; `redis_server` is
a Redis of the test's own that can be away for a while.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.db import connection

from portal.core.embedded.servers import redis_in, remove

ROOT = Path(__file__).resolve().parent.parent


def wait_until(condition, *, seconds=30, every=0.05):
    """Return the first true answer of `condition`, or fail after some seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(every)
    pytest.fail(f"{condition} was not true within {seconds} s")


class CeleryWorker:
    """A real worker process; with `beat=True` it also sends what the schedule says."""

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "celery.log"
        self.process = None

    def start(self, *, beat=False, concurrency=2, wait=True):
        """Start the worker and wait until it answers, unless told not to (Redis is away)."""
        command = [
            *(sys.executable, "-m", "celery", "--app", "portal.celery", "worker"),
            *("--concurrency", str(concurrency), "--loglevel", "INFO"),
            *("--hostname", f"worker-{os.getpid()}@test"),
        ]
        if beat:
            command += ["--beat", "--schedule", str(self.folder / "schedule")]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if wait:
            self.wait()

    def wait(self, *, seconds=60):
        """Wait until the worker takes messages."""
        wait_until(lambda: current_app.control.ping(timeout=0.3), seconds=seconds)

    def kill(self):
        """End the worker and its children at once, as a power cut would."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self, *, seconds=20):
        """Ask the worker to finish what it does and go."""
        if self.process:
            self.process.terminate()
            self.process.wait(seconds)
            self.process = None


def environment():
    """Return the environment of a process that works on this test's database and queue."""
    database = connection.settings_dict
    who = (
        f"{database['USER']}:{database['PASSWORD']}" if database["PASSWORD"] else database["USER"]
    )
    where = f"{database['HOST']}:{database['PORT']}"
    return {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "DATABASE_URL": f"postgres://{who}@{where}/{database['NAME']}",
        "REDIS_URL": settings.REDIS_URL,
        "CELERY_TASK_ALWAYS_EAGER": "false",
    }


@pytest.fixture
def queued(transactional_db, settings):
    """Send tasks as messages to Redis, as the portal does, in place of running them at once."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    current_app.conf.task_always_eager = False
    yield
    current_app.conf.task_always_eager = True


@pytest.fixture
def celery_worker(queued, tmp_path):
    """Give a worker that the test starts; what it wrote is printed when the test fails."""
    worker = CeleryWorker(tmp_path)
    yield worker
    worker.kill()
    if worker.log.exists():
        sys.stdout.write(worker.log.read_text())


@pytest.fixture
def redis_server(tmp_path, queued, settings):
    """Give a Redis of the test's own, running, for queue and cache: `.stop()` and `.start()`."""
    server = redis_in(tmp_path, preferred_port=0)
    server.start()
    with addressed(server.url, settings):
        yield server
    server.stop()
    remove(tmp_path)


@contextlib.contextmanager
def addressed(url, settings):
    """Point queue and cache of this process at another Redis for a while."""
    former = settings.REDIS_URL
    try:
        use(url, settings)
        yield
    finally:
        use(former, settings)


def use(url, settings):
    settings.REDIS_URL = url
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": url}}
    current_app.conf.update(broker_url=url)
    current_app._pool = None  # type: ignore[attr-defined]
    current_app.amqp._producer_pool = None  # type: ignore[attr-defined]
