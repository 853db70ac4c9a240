"""Several workers at once, workers that are killed, and a Redis that is away."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from portal.core import jobs
from portal.notifications.models import Attempt, Delivery, DeliveryState, Notice
from portal.notifications.services import delivering
from portal.notifications.services.notices import DELIVER
from tests.conftest import NOW
from tests.factories import UserFactory
from tests.notifications.scene import tell, way
from tests.notifications.servers import HOST
from tests.processes import wait_until

PEOPLE, NOTICES = 20, 5


@pytest.fixture
def sent_by_workers(mail_server, monkeypatch):
    """Let real worker processes send by the test's mail server."""
    monkeypatch.setenv("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
    monkeypatch.setenv("EMAIL_URL", f"smtp://{HOST}:{mail_server.port}")
    return mail_server


def is_sent():
    states = set(Delivery.objects.values_list("state", flat=True))
    return states == {DeliveryState.SENT}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_everything_once(world, mail_server, clock):
    people = [UserFactory.create() for _ in range(PEOPLE)]
    for person in people:
        way(person, address=person.email)
    for number in range(NOTICES):
        tell(*people, key=f"n{number}", title=f"Notice {number}")
    together = Barrier(4)

    def work(_):
        try:
            together.wait(timeout=10)
            return delivering.deliver(clock=clock, until=time.monotonic() + 60)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    while not is_sent():  # what one saw while another held its way
        delivering.deliver(clock=clock, until=time.monotonic() + 60)
    assert len(mail_server.mails) == PEOPLE * NOTICES
    assert len({(who[0], mail["Subject"]) for who, mail in mail_server.mails}) == len(
        mail_server.mails
    )
    assert not Attempt.objects.exists()


def lease_passes():
    """Let the minute pass after which a silent worker is taken for dead."""
    Delivery.objects.filter(state=DeliveryState.SENDING).update(claimed_at=NOW)


def due_again():
    Delivery.objects.filter(state=DeliveryState.WAITING).update(due_at=NOW)


def test_a_worker_that_is_killed_before_the_server_has_the_mail_sends_nothing_twice(
    celery_worker, world, sent_by_workers
):
    sent_by_workers.delay = 3600
    way(world.alice)
    celery_worker.start()
    tell(world.alice, now=NOW)
    wait_until(lambda: Delivery.objects.filter(state=DeliveryState.SENDING).exists())
    celery_worker.kill()
    sent_by_workers.delay = 0
    finish(celery_worker)
    assert len(sent_by_workers.mails) == 1


def test_a_worker_that_is_killed_between_the_word_of_the_server_and_its_own_leaves_a_copy(
    celery_worker, world, sent_by_workers
):
    """This is what at least once means: the copy is there, and bears the same id."""
    sent_by_workers.answers_late = 3600
    way(world.alice)
    celery_worker.start()
    tell(world.alice, now=NOW)
    wait_until(lambda: sent_by_workers.mails)
    celery_worker.kill()
    sent_by_workers.answers_late = 0
    finish(celery_worker)
    (_, first), (_, second) = sent_by_workers.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert Attempt.objects.get().error == delivering.LOST
    assert Notice.objects.get().outcome == "DELIVERED"


def finish(celery_worker):
    """Let another worker take over what the killed one held."""
    assert Delivery.objects.get().state == DeliveryState.SENDING
    lease_passes()
    celery_worker.start()
    jobs.enqueue(DELIVER)
    wait_until(Attempt.objects.exists)
    due_again()
    jobs.enqueue(DELIVER)
    wait_until(is_sent)


def test_what_is_told_while_redis_is_away_goes_out_when_it_is_back(
    redis_server, celery_worker, world, sent_by_workers
):
    redis_server.stop()
    way(world.alice)
    tell(world.alice, now=NOW)
    assert not is_sent()
    redis_server.start()
    celery_worker.start(beat=True)
    wait_until(is_sent, seconds=60)
    assert len(sent_by_workers.mails) == 1
