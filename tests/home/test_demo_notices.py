"""Notices of the demo company: something of everything in the inbox, and nothing goes out."""

from datetime import date, datetime

import pytest

from portal.accounts.models import User
from portal.home.services.demo.load import seed_demo
from portal.home.services.demo.notices import write_notices
from portal.home.services.demo.people import DEMO_SIGN_INS
from portal.notifications.models import LIVE, Attempt, ContactWay, Delivery, Notice
from portal.notifications.selectors.inbox import count_unread
from portal.notifications.selectors.ways import reachability
from portal.notifications.types import KINDS

UNTIL = date(2026, 3, 1)
NOW = datetime.fromisoformat("2026-03-01T09:00:00Z")


@pytest.fixture
def demo(db):
    seed_demo(
        applications=60,
        deployments=500,
        seed=1,
        until=UNTIL,
        force=False,
        actor="command:test",
        now=NOW,
    )
    write_notices(now=NOW)


def test_whoever_is_there_to_be_signed_in_as_has_an_inbox(demo):
    for one in DEMO_SIGN_INS:
        person = User.objects.get(email=one.email)
        assert count_unread(person) == 3
        assert ContactWay.objects.filter(user=person, verified_at__isnull=False).exists()
    assert set(Notice.objects.values_list("kind", flat=True)) <= KINDS.keys()


def test_nothing_waits_to_be_sent_and_one_attempt_failed_on_the_way(demo):
    assert not Delivery.objects.filter(state__in=LIVE).exists()
    assert Delivery.objects.count() == Notice.objects.count()
    assert Attempt.objects.exists()


def test_most_can_be_reached_and_some_cannot(demo):
    people = list(User.objects.all())
    found = reachability(people, NOW).values()
    enough = sum(one.is_enough for one in found)
    assert len(people) / 2 < enough < len(people)
    assert any(one.stale for one in found)
