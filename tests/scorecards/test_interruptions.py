"""A worker that dies in the middle of an evaluation has done nothing; the next one does it all."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from portal.scorecards.models import RuleResult, Scorecard, Standing
from portal.scorecards.services.evaluation import evaluate_all
from tests.scorecards.scene import scorecard

BLOCKED = """
    SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE NOT granted AND datname = current_database()
"""


@pytest.fixture
def in_thread():
    """Return a function that runs another in a thread and keeps what it raised."""
    raised, threads = [], []

    def start(function, **arguments):
        def run():
            try:
                function(**arguments)
            except OperationalError as error:
                raised.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        threads.append(thread)
        return raised

    yield start
    for thread in threads:
        thread.join(timeout=30)


def blocked(cursor):
    """Return the process of the server that waits for a lock, when there is one."""
    for _ in range(600):
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(BLOCKED)
        if row := cursor.fetchone():
            return row[0]
        time.sleep(0.05)
    return pytest.fail("Nothing waits.")


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_results_and_levels_leaves_nothing(world, now, in_thread):
    scorecard()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE scorecards_standing IN ACCESS EXCLUSIVE MODE")
        raised = in_thread(evaluate_all, now=now)
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [blocked(cursor)])
    assert len(raised) == 1
    assert not RuleResult.objects.exists()
    assert Scorecard.objects.get().evaluated_at is None
    evaluate_all(now=now)
    assert (RuleResult.objects.count(), Standing.objects.count()) == (6, 2)


@pytest.mark.django_db(transaction=True)
def test_of_two_evaluations_the_second_waits_for_the_first(world, now, in_thread):
    scorecard()
    with transaction.atomic(), connection.cursor() as cursor:
        Scorecard.objects.select_for_update().get()
        world.checkout.runbook_url = "https://wiki.example.com"
        world.checkout.save()
        in_thread(evaluate_all, now=now + timedelta(hours=1))
        blocked(cursor)
    deadline = time.monotonic() + 30
    while not Standing.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    # It read the facts after the lock, so it saw what was committed while it waited.
    assert RuleResult.objects.get(application=world.checkout, rule="runbook").state == "PASS"
