"""Workers that die, a queue that is away, writers and workers at once: nothing is lost or stale."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from kpis import services
from kpis.models import Mark
from kpis.services import marks
from tests.kpis import engine
from tests.kpis.raw_facts import add_change, add_deployment
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2025, 3, 1, tzinfo=UTC)


def deploy(world, days):
    """Record deployments as a writer does: facts and marks in one transaction."""
    with transaction.atomic():
        instants = [START + timedelta(days=day, minutes=day) for day in days]
        for at in instants:
            add_change(add_deployment(world.production, at))
        marks.mark(world.checkout.pk, instants)


def agree_with_a_rebuild(now):
    assert engine.stored_periods() == engine.expected()
    computed = engine.stored()
    services.rebuild(actor="command:test", now=now)
    services.recompute(now=now)
    assert engine.stored() == computed


def is_done():
    return not Mark.objects.exists()


def test_a_worker_killed_in_the_middle_of_a_recompute_loses_nothing(world, now, celery_worker):
    services.refresh_scopes()
    deploy(world, range(0, 60, 2))
    with transaction.atomic():
        # The worker reads facts and then waits, in the middle, for us to let it write.
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE kpis_rollup IN SHARE MODE")
        celery_worker.start()
        wait_until(lambda: waiting_for("kpis_rollup"))
        celery_worker.kill()
    wait_until(lambda: not waiting_for("kpis_rollup"))
    assert engine.stored() == []
    assert Mark.objects.count() == 5 * 30
    deploy(world, range(1, 60, 2))
    celery_worker.start(beat=True)
    wait_until(is_done)
    agree_with_a_rebuild(now)


def waiting_for(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [table]
        )
        return cursor.fetchone()[0]


def test_facts_recorded_while_redis_is_away_are_computed_when_it_is_back(
    world, now, redis_server, celery_worker
):
    services.refresh_scopes()
    redis_server.stop()
    deploy(world, range(20))
    assert Mark.objects.count() == 5
    redis_server.start()
    celery_worker.start(beat=True)
    wait_until(is_done)
    agree_with_a_rebuild(now)


def test_writers_and_workers_at_once_leave_nothing_stale(world, now):
    services.refresh_scopes()

    def write(seed):
        try:
            days = random.Random(seed)
            for _ in range(6):
                deploy(world, [days.randrange(40) for _ in range(3)])
        finally:
            connections.close_all()

    def compute(_number):
        try:
            for _ in range(25):
                services.recompute(now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        work = [pool.submit(write, seed) for seed in range(3)]
        work += [pool.submit(compute, number) for number in range(2)]
        for each in work:
            each.result()
    services.recompute(now=now)
    assert is_done()
    agree_with_a_rebuild(now)
