"""Telling people: one notice each, with what goes out, in the caller's transaction."""

import pytest
from django.db import transaction

from portal.notifications.models import (
    Delivery,
    DeliveryPurpose,
    KindPreference,
    Manner,
    Notice,
    NoticeOutcome,
    QuietHours,
)
from portal.notifications.services import notify
from portal.notifications.services.notices import NoticeError
from portal.notifications.types import KINDS, UnknownKindError
from tests.notifications.scene import KIND, tell, way


def outbox():
    return [(one.user.name, one.way.label, one.due_at, one.why) for one in rows()]


def rows():
    return Delivery.objects.select_related("user", "way", "notice").order_by("pk")


def test_each_person_has_a_notice_and_what_goes_out_by_the_first_verified_way(world, now):
    way(world.alice, label="unverified", verified_at=None)
    way(world.alice, label="first")
    way(world.alice, label="second", address="other@example.com")
    assert tell(world.alice, world.bob) == 2
    assert outbox() == [("Alice", "first", now, "")]
    outcomes = dict(Notice.objects.values_list("user__name", "outcome"))
    assert outcomes == {"Alice": NoticeOutcome.OPEN, "Bob": NoticeOutcome.UNDELIVERED}
    assert Notice.objects.get(user=world.bob).why == "You have no verified contact way."


def test_a_repeat_with_the_same_key_tells_only_those_who_were_not_told(world):
    way(world.alice)
    assert tell(world.alice) == 1
    assert tell(world.alice, world.bob, title="Said again") == 1
    assert Notice.objects.get(user=world.alice).title != "Said again"
    assert rows().count() == 1


def test_what_is_rolled_back_was_never_told(world):
    way(world.alice)
    with transaction.atomic():
        tell(world.alice)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()
    assert not rows().exists()


def test_people_named_twice_are_told_once_and_closed_accounts_not_at_all(world):
    world.bob.is_active = False
    assert tell(world.alice, world.alice, world.bob) == 1


def test_a_kind_goes_by_all_ways_chosen_for_it(world):
    way(world.alice, label="first")
    chosen = [
        way(world.alice, label=label, address=f"{label}@example.com") for label in ("b", "c")
    ]
    preference = KindPreference.objects.create(user=world.alice, kind=KIND)
    preference.ways.set(chosen)
    tell(world.alice)
    assert [label for _, label, *_ in outbox()] == ["b", "c"]


def test_a_kind_that_is_for_the_inbox_goes_nowhere_however_urgent(world):
    way(world.alice)
    KindPreference.objects.create(user=world.alice, kind=KIND, manner=Manner.INBOX)
    tell(world.alice, urgency="urgent")
    assert not rows().exists()
    assert Notice.objects.get().outcome == NoticeOutcome.INBOX


def test_a_kind_for_the_digest_waits_for_it_and_what_is_urgent_does_not(world, now):
    way(world.alice)
    KindPreference.objects.create(user=world.alice, kind=KIND, manner=Manner.DIGEST)
    tell(world.alice)
    tell(world.alice, key="swap:2", urgency="urgent")
    waiting, urgent = rows()
    assert waiting.purpose == DeliveryPurpose.DIGEST
    assert waiting.due_at == now.replace(day=5, hour=8)
    assert (urgent.purpose, urgent.due_at) == (DeliveryPurpose.NOTICE, now)
    assert urgent.why == "Sent at once, not in the digest, because it is urgent."


def test_quiet_hours_hold_what_is_normal_and_say_why_what_is_urgent_comes(world, now):
    way(world.alice)
    QuietHours.objects.create(user=world.alice, begins="11:00", ends="13:30", days=[3])
    tell(world.alice)
    tell(world.alice, key="swap:2", urgency="urgent")
    assert [(due, why) for *_, due, why in outbox()] == [
        (now.replace(hour=13, minute=30), "Waits until your quiet hours end at 13:30."),
        (now, "Sent in your quiet hours because it is urgent."),
    ]


def test_the_urgency_of_a_kind_counts_when_none_is_told(world):
    way(world.alice)
    tell(world.alice, kind="oncall.gap.found")
    assert Notice.objects.get().urgency == "urgent"
    assert rows().get().is_urgent


def test_a_thousand_people_cost_as_many_queries_as_one(world, django_assert_max_num_queries):
    people = [world.alice, world.bob, world.charlie, world.olive, world.eve, world.audrey]
    for person in people:
        way(person)
    with django_assert_max_num_queries(11) as few:
        tell(world.alice)
    with django_assert_max_num_queries(len(few)):
        assert tell(*people, key="swap:2") == 6


@pytest.mark.parametrize(
    "wrong",
    [{"title": " "}, {"key": ""}, {"url": "https://example.com/"}, {"url": "//example.com/"}],
)
def test_a_notice_without_its_parts_is_a_fault_of_the_caller(world, wrong):
    with pytest.raises(NoticeError):
        tell(world.alice, **{"key": "x"} | wrong)


def test_a_kind_that_is_not_in_the_list_is_a_fault_of_the_caller(world, now):
    with pytest.raises(UnknownKindError):
        notify(people=[], kind="oncall.none", title="x", text="", url="/", now=now, key="x")


@pytest.mark.parametrize("kind", KINDS.values(), ids=str)
def test_every_kind_says_in_a_sentence_why_somebody_gets_it(kind):
    assert kind.why.endswith(".")
    assert kind.label[0].isupper()
    assert len(kind.name) <= 60
