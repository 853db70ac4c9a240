"""Enqueueing: by name, after commit, and harmless when Redis is away or does not answer."""

import os
import signal
import time
from typing import Any

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.urls import reverse

from portal.core import heartbeat, jobs
from portal.core.metrics import QUEUE
from tests.factories import UserFactory
from tests.processes import wait_until

TASK = "portal.core.tasks.beat"
PASSWORD = "correct horse battery"


def test_an_unknown_name_is_an_error_at_once(db):
    with pytest.raises(jobs.UnknownTaskError):
        jobs.enqueue("portal.core.tasks.nothing")


def test_nothing_is_sent_for_a_transaction_that_is_rolled_back(
    django_capture_on_commit_callbacks, db
):
    with django_capture_on_commit_callbacks() as sent:
        with transaction.atomic():
            jobs.enqueue(TASK)
            transaction.set_rollback(True)
        with transaction.atomic():
            jobs.enqueue(TASK)
    assert len(sent) == 1


def test_a_task_ignores_what_a_newer_portal_tells_it(db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        jobs.enqueue(TASK, something_new=1)
    assert heartbeat.last()


@pytest.fixture
def hanging(redis_server):
    """Stop Redis in its tracks: it still accepts connections, which is worse than being gone."""
    cache.set("warm", 1)
    jobs.enqueue(TASK)
    os.kill(redis_server._process.pid, signal.SIGSTOP)
    yield
    os.kill(redis_server._process.pid, signal.SIGCONT)


def test_a_redis_that_hangs_costs_about_a_second_and_only_once(hanging):
    started = time.monotonic()
    for _ in range(10):
        jobs.enqueue(TASK)
        cache.get("warm")
        cache.set("warm", 2)
    assert time.monotonic() - started < 1.5


def test_somebody_can_sign_in_while_redis_hangs(hanging, client):
    user = UserFactory.create(email="ada@example.com")
    user.set_password(PASSWORD)
    user.save()
    client.get(reverse("account_login"))
    started = time.monotonic()
    response = client.post(
        reverse("account_login"), {"login": "ada@example.com", "password": PASSWORD}
    )
    assert (response.status_code, response.url) == (302, reverse("home"))
    assert time.monotonic() - started < 3


def test_somebody_can_sign_in_while_redis_is_gone(redis_server, client):
    redis_server.stop()
    user = UserFactory.create(email="ada@example.com")
    user.set_password(PASSWORD)
    user.save()
    for password, status in (("wrong", 200), (PASSWORD, 302)):
        response = client.post(
            reverse("account_login"), {"login": "ada@example.com", "password": password}
        )
        assert response.status_code == status


def test_worker_and_schedule_carry_on_after_redis_was_away(redis_server, celery_worker):
    celery_worker.start(beat=True)
    wait_until(heartbeat.last)
    redis_server.stop()
    time.sleep(3)
    redis_server.start()
    cache.delete(heartbeat.KEY)
    assert wait_until(heartbeat.last, seconds=60)


def test_a_channel_of_a_closed_connection_says_so_in_words_that_the_worker_understands(
    redis_server,
):
    connection = current_app.connection_for_write()
    channel: Any = connection.default_channel
    channel._disconnect_pools()
    connection.transport.client = None
    with pytest.raises(connection.connection_errors, match="closed"):
        channel._create_client()


def messages():
    return redis.Redis.from_url(settings.REDIS_URL).llen(QUEUE)


def test_many_nudges_are_one_message_until_the_task_looks(queued):
    for _ in range(10):
        jobs.nudge(TASK)
    assert messages() == 1
    jobs.woken(TASK)
    for _ in range(10):
        jobs.nudge(TASK)
    assert messages() == 2


def test_a_nudge_of_an_unknown_task_is_an_error_at_once(db):
    with pytest.raises(jobs.UnknownTaskError):
        jobs.nudge("portal.core.tasks.nothing")


def test_a_nudge_is_harmless_while_redis_is_gone(redis_server):
    redis_server.stop()
    jobs.nudge(TASK)
    jobs.woken(TASK)
    redis_server.start()
    jobs.nudge(TASK)
    assert messages() == 1
