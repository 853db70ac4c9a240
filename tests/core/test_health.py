"""What machines ask the portal, and what it answers when a part of it is away."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.urls import reverse

from portal.core import heartbeat

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def beating(time_machine):
    time_machine.move_to(datetime(2026, 3, 4, 12, tzinfo=UTC), tick=False)
    heartbeat.record(now=datetime(2026, 3, 4, 12, tzinfo=UTC) - timedelta(seconds=20))
    yield
    cache.delete(heartbeat.KEY)


def answer(client, name="ready"):
    response = client.get(reverse(name))
    return response.status_code, json.loads(response.content)


def test_it_lives_without_asking_anybody(client, django_assert_num_queries):
    assert answer(client, "live") == (200, {"status": "live"})


def test_it_is_ready_when_every_part_is(client, db, beating):
    assert answer(client) == (
        200,
        {"status": "ready", "database": "ok", "redis": "ok", "worker": "ok"},
    )


def test_a_silent_worker_degrades_it(client, db, beating, time_machine):
    time_machine.shift(timedelta(minutes=1))
    status, words = answer(client)
    assert (status, words["status"], words["worker"]) == (200, "degraded", "silent")


def test_without_redis_people_can_still_work(client, redis_server):
    redis_server.stop()
    assert answer(client) == (
        200,
        {"status": "degraded", "database": "ok", "redis": "down", "worker": "unknown"},
    )


def test_a_migration_that_is_missing_makes_it_not_ready(client, db):
    MigrationRecorder(connection).record_unapplied("accounts", "0001_initial")
    status, words = answer(client)
    assert (status, words["status"], words["database"]) == (503, "down", "not migrated")


def test_without_the_database_it_is_not_ready(client, transactional_db, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    status, words = answer(client)
    monkeypatch.undo()
    assert (status, words["status"], words["database"]) == (503, "down", "down")


def test_answers_are_never_kept_by_a_cache(client, db):
    for name in ("live", "ready", "metrics"):
        assert "no-store" in client.get(reverse(name)).headers["Cache-Control"]
