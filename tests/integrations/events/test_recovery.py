"""Workers that are killed and a Redis that is away: every event counts once, and none is lost."""

from datetime import timedelta
from random import Random

import pytest
import time_machine
from django.db import connection, transaction

from kpis.models import Deployment, Incident, Mark
from kpis.services import rebuild, recompute, refresh_scopes
from portal.api.types import Scope
from portal.core import jobs
from portal.integrations.models import EventState, ReceivedEvent
from portal.integrations.services.processing import process_some
from tests.api.tokens import bearer, pipeline_token
from tests.factories import ApplicationFactory, EnvironmentFactory
from tests.integrations.events.sending import Sender
from tests.integrations.events.stored import facts
from tests.integrations.events.telling import cdevent, store, told
from tests.kpis import engine
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PROCESS = "portal.integrations.tasks.process_events"
REPOSITORY = "https://git.example.com/pay"
EVENTS = 5000


def history(now):
    """Five thousand events of one application in no order: changes, deployments, incidents."""
    events = []
    for number in range(EVENTS // 5):
        at = now - timedelta(hours=number)
        sha = f"{number:040x}"
        run = {
            "id": f"run-{number}",
            "environment": "production",
            "repository": REPOSITORY,
            "commit": sha,
            "started_at": at - timedelta(minutes=7),
        }
        change = {"repository": REPOSITORY, "commit": sha, "authored_at": at - timedelta(hours=5)}
        events += [
            told("change", **change),
            told("change", merged_at=at - timedelta(minutes=20), **change),
            told("deployment", status="running", **run),
            told("deployment", status="succeeded", finished_at=at, **run),
            cdevent(
                "incident.resolved" if number % 2 else "incident.detected",
                at + timedelta(minutes=1),
                id_=str(number),
                subject=f"outage-{number // 6}",
                content={"environment": {"id": "production"}},
            ),
        ]
    Random(1).shuffle(events)
    return events


def process_all(now):
    while process_some(now=now):
        pass


def processed():
    return ReceivedEvent.objects.filter(state=EventState.PROCESSED).count()


def is_done():
    waiting = ReceivedEvent.objects.filter(state=EventState.ACCEPTED)
    return not waiting.exists() and not Mark.objects.exists()


def waits_for(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = %s::regclass)",
            [table],
        )
        return cursor.fetchone()[0]


def test_a_worker_killed_in_the_middle_of_5000_events_counts_each_once(world, now, celery_worker):
    refresh_scopes()
    events = history(now)
    store(events, application=world.checkout, now=now)
    jobs.enqueue(PROCESS)
    celery_worker.start()
    wait_until(lambda: processed() >= 1000, seconds=120)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE kpis_failurelink IN SHARE ROW EXCLUSIVE MODE")
        # It has written deployments, changes, what contains what, and has not committed.
        wait_until(lambda: waits_for("kpis_failurelink"))
        celery_worker.kill()
    wait_until(lambda: not waits_for("kpis_failurelink"))
    assert 1000 <= processed() < EVENTS
    celery_worker.start(beat=True)
    wait_until(is_done, seconds=240)
    states = ReceivedEvent.objects.values_list("state", "attempts")
    assert set(states.distinct()) <= {("PROCESSED", 1), ("KEPT", 1)}
    assert Deployment.objects.count() == EVENTS // 5
    celery_worker.kill()
    recorded = facts(world.checkout)
    computed = engine.stored()
    rebuild(actor="command:test", now=now)
    recompute(now=now)
    assert engine.stored() == computed
    other = ApplicationFactory.create(owner=world.acquiring)
    EnvironmentFactory.create(application=other)
    store(events, application=other, now=now)
    process_all(now)
    assert facts(other) == recorded


def test_events_sent_while_redis_is_away_are_accepted_and_processed_afterwards(
    world, now, redis_server, celery_worker
):
    issued = pipeline_token(world.checkout, by=world.bob, now=now, scopes=[Scope.EVENTS_WRITE])
    send = Sender(bearer(issued))
    redis_server.stop()
    with time_machine.travel(now, tick=True):
        for number in range(20):
            event = cdevent(
                "incident.detected",
                now - timedelta(hours=number),
                id_=str(number),
                subject=str(number),
                content={"environment": {"id": "production"}},
            )
            assert send(event).status_code == 202
    assert processed() == 0
    redis_server.start()
    celery_worker.start(beat=True)
    wait_until(is_done, seconds=60)
    assert processed() == Incident.objects.count() == 20
