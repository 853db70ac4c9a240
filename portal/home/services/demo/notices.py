"""Notices of the demo company: how its people are reached, and what they were told lately.

Nothing of it goes out: the addresses are made up. What the notices tell is written as it stood,
with what became of each.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import product

from django.db import transaction

from portal.accounts.models import User
from portal.core.sealing import digest, seal
from portal.home.services.demo.company import DOMAIN
from portal.home.services.demo.people import DEMO_SIGN_INS
from portal.notifications.models import (
    Attempt,
    ContactWay,
    Delivery,
    DeliveryPurpose,
    DeliveryState,
    Notice,
    NoticeOutcome,
    QuietHours,
    WayKind,
)
from portal.notifications.models.notices import AHEAD
from portal.notifications.types import Urgency, kind_named

NOTICE_TABLES = (ContactWay, Notice, Delivery)
BATCH = 1_000
# Every so many people have tested nothing, have one way, or tested theirs too long ago.
UNTESTED, ONE_WAY, STALE = 11, 5, 7
# Kind, title, text, where it leads, hours ago, and whether it was read.
TOLD = (
    (
        "oncall.handover.coming",
        "Your shift begins tomorrow at 18:00",
        "Primary, until the day after at 09:00. The hand-over note is on the page of the rota.",
        "/oncall/mine/",
        3,
        False,
    ),
    (
        "oncall.swap.asked",
        "Noor Haddad asks you to take Thursday night",
        "Thursday 18:00 to Friday 09:00, as primary. Say yes or no on the page of the swap.",
        "/oncall/mine/",
        7,
        False,
    ),
    (
        "oncall.gap.found",
        "Nobody is on call on Sunday night",
        "Sunday 18:00 to Monday 09:00: the leave of two people falls together.",
        "/oncall/mine/",
        20,
        False,
    ),
    (
        "oncall.shift.changed",
        "Your shift on Monday was moved by an hour",
        "It begins at 17:00 now, as the rota hands over earlier.",
        "/oncall/mine/",
        52,
        True,
    ),
    (
        "oncall.digest.weekly",
        "The week on call: two shifts, no gap",
        "Monday and Thursday night are yours.",
        "/oncall/",
        98,
        True,
    ),
)
# The one of them that the mail server would not take at first.
STUMBLED = "oncall.shift.changed"
REASON = "The mail server asks to come back later: 451 4.7.1 Try again in a moment"


@transaction.atomic
def write_notices(*, now: datetime) -> None:
    """Give the people of the demo company contact ways, and those to sign in as some notices."""
    people = list(User.objects.filter(email__endswith=f"@{DOMAIN}").order_by("email"))
    ways = ContactWay.objects.bulk_create(_ways(people, now), batch_size=BATCH)
    first = {way.user_id: way for way in reversed(ways) if way.verified_at is not None}
    QuietHours.objects.bulk_create(
        QuietHours(user=person, begins=time(22), ends=time(7), days=[1, 2, 3, 4, 5, 6, 7])
        for person in people[::3]
    )
    addresses = {one.email for one in DEMO_SIGN_INS}
    known = [person for person in people if person.email in addresses]
    _write_told(known, first, now)


def _ways(people: Sequence[User], now: datetime) -> Iterator[ContactWay]:
    """Yield a mailbox for most, and a second for those who have two."""
    for number, person in enumerate(people):
        if person.email not in {one.email for one in DEMO_SIGN_INS} and number % UNTESTED == 0:
            yield _mailbox(person, None, now)
            continue
        days = 120 if number % STALE == 0 else 12 + number % 60
        yield _mailbox(person, days, now)
        if number % ONE_WAY:
            local = person.email.partition("@")[0]
            yield _way(
                person,
                label="Phone, by mail",
                address=f"{local}@phone.{DOMAIN}",
                position=1,
                answered=12 + number % 40,
                now=now,
            )


def _mailbox(person: User, answered: int | None, now: datetime) -> ContactWay:
    return _way(
        person, label="Work mail", address=person.email, position=0, answered=answered, now=now
    )


def _way(
    person: User, *, label: str, address: str, position: int, answered: int | None, now: datetime
) -> ContactWay:
    at = None if answered is None else now - timedelta(days=answered)
    return ContactWay(
        user=person,
        kind=WayKind.MAIL,
        sealed_address=seal(address),
        address_digest=digest(address),
        label=label,
        position=position,
        created_at=now - timedelta(days=200),
        verified_at=at,
        last_test_sent_at=at and at - timedelta(minutes=2),
        last_test_answered_at=at,
    )


def _write_told(known: Sequence[User], first: dict[int, ContactWay], now: datetime) -> None:
    notices = Notice.objects.bulk_create(
        _notice(person, number, now) for person, number in product(known, range(len(TOLD)))
    )
    deliveries = Delivery.objects.bulk_create(
        _delivery(notice, first[notice.user_id]) for notice in notices if notice.user_id in first
    )
    Attempt.objects.bulk_create(
        Attempt(delivery=one, number=1, at=one.created_at + timedelta(seconds=2), error=REASON)
        for one in deliveries
        if one.attempts > 1
    )


def _notice(person: User, number: int, now: datetime) -> Notice:
    kind, title, text, url, hours, is_read = TOLD[number]
    created = (now - timedelta(hours=hours)).astimezone(UTC)
    return Notice(
        user=person,
        kind=kind,
        key=f"demo:{number}",
        title=title,
        text=text,
        url=url,
        urgency=Urgency(kind_named(kind).urgency),
        created_at=created,
        read_at=created + timedelta(hours=1) if is_read else None,
        placed_at=created if is_read else created + AHEAD,
        outcome=NoticeOutcome.DELIVERED,
    )


def _delivery(notice: Notice, way: ContactWay) -> Delivery:
    stumbled = notice.kind == STUMBLED
    return Delivery(
        user_id=notice.user_id,
        notice=notice,
        way=way,
        purpose=DeliveryPurpose.NOTICE,
        is_urgent=notice.urgency == Urgency.URGENT,
        state=DeliveryState.SENT,
        created_at=notice.created_at,
        due_at=notice.created_at,
        attempts=2 if stumbled else 1,
        ended_at=notice.created_at + timedelta(seconds=20 if stumbled else 3),
    )
