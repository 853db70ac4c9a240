"""What the database itself promises about events."""

from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from portal.integrations.models import EventState, ReceivedEvent


@pytest.fixture
def store(world, now):
    def store(**values):
        told = {
            "public_id": uuid4(),
            "sender": f"application:{world.checkout.pk}",
            "source": "ci",
            "event_id": "1",
            "type": "deployment",
            "body": b"{}",
            "occurred_at": now - timedelta(minutes=1),
            "received_at": now,
        }
        with transaction.atomic():
            return ReceivedEvent.objects.create(**told | values)

    return store


def test_a_new_event_waits(store):
    event = store()
    assert event.status is EventState.ACCEPTED
    assert event.processed_at is None


def test_an_event_of_a_sender_is_there_once(store, world):
    store()
    with pytest.raises(IntegrityError, match="receivedevent_once"):
        store()
    store(sender=f"application:{world.loans.pk}")
    store(source="another")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"state": EventState.PROCESSED}, "processed_at"),
        ({"state": EventState.ACCEPTED, "processed_at": True}, "processed_at"),
        ({"state": EventState.FAILED, "processed_at": True}, "failed_why"),
    ],
)
def test_a_state_says_when_and_a_failure_why(store, now, values, constraint):
    if "processed_at" in values:
        values = values | {"processed_at": now}
    with pytest.raises(IntegrityError, match=constraint):
        store(**values)


def test_the_longest_names_fit_their_index(store):
    random = Random(1)  # what does not compress

    def text(length):
        return "".join(chr(random.randrange(0x20000, 0x2A000)) for _ in range(length))

    store(source=text(300), event_id=text(250), subject=text(400))
