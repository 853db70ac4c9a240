"""The processes that tests start are real: a worker works, a Redis that is away is away."""

import time

import pytest
from django.core.cache import cache

from portal.core import heartbeat, jobs
from tests.processes import wait_until

TASK = "portal.core.tasks.beat"


def test_a_real_worker_does_what_was_enqueued(celery_worker):
    cache.delete(heartbeat.KEY)
    celery_worker.start()

    jobs.enqueue(TASK)

    assert wait_until(heartbeat.last)


def test_a_killed_worker_leaves_its_messages_to_the_next(celery_worker):
    cache.delete(heartbeat.KEY)
    celery_worker.start()
    celery_worker.kill()

    jobs.enqueue(TASK)
    time.sleep(1)
    assert heartbeat.last() is None

    celery_worker.start()
    assert wait_until(heartbeat.last)


def test_a_message_survives_a_restart_of_redis(redis_server, celery_worker):
    jobs.enqueue(TASK)
    redis_server.stop()
    redis_server.start()

    celery_worker.start()

    assert wait_until(heartbeat.last)


@pytest.mark.parametrize("action", ["enqueue", "cache"])
def test_redis_away_costs_a_request_less_than_a_second(redis_server, action):
    cache.set("warm", 1)
    jobs.enqueue(TASK)
    redis_server.stop()

    started = time.monotonic()
    if action == "enqueue":
        jobs.enqueue(TASK)
    else:
        cache.get("warm")
    assert time.monotonic() - started < 1
