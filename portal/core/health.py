"""Whether the portal can work: the database, its migrations, Redis, the background work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django_redis import get_redis_connection
from redis import RedisError

from portal.core import heartbeat


@dataclass(frozen=True, slots=True)
class Readiness:
    """The state of each part in a word; `is_ready` when people can work."""

    is_ready: bool
    parts: Mapping[str, str]

    @property
    def word(self) -> str:
        """All of it in one word: ready, degraded or down."""
        if not self.is_ready:
            return "down"
        return "ready" if set(self.parts.values()) == {"ok"} else "degraded"


def readiness(*, now: datetime) -> Readiness:
    """Return how the portal is.

    Without the database or its tables nobody can work. Without Redis or a worker everybody can:
    what waits is in the database and is done when they are back.
    """
    state = database()
    redis = _redis()
    worker = _worker(now) if redis == "ok" else "unknown"
    return Readiness(
        is_ready=state == "ok",
        parts={"database": state, "redis": redis, "worker": worker},
    )


def database() -> str:
    """Return `ok`, `down`, or `not migrated`."""
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except DatabaseError:
        return "down"
    return "ok" if _migrations() <= applied.keys() else "not migrated"


@cache
def _migrations() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).disk_migrations)


def _redis() -> str:
    try:
        get_redis_connection("default").ping()
    except (RedisError, OSError):
        return "down"
    return "ok"


def _worker(now: datetime) -> str:
    at = heartbeat.last()
    return "ok" if at is not None and now - at < heartbeat.LATE else "silent"
