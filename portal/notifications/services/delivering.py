"""Delivery: what is due goes out, whatever happens to workers and servers meanwhile.

A worker claims rows of the outbox, sends, and stores each result before it sends the next; only
while the outbox is full twenty results at a time, or those of a quarter of a second. If it dies,
what it held is taken back after a minute. Between a server's word and the stored result there is
one statement: a worker that dies just then leaves messages that are sent again, with the same
ids, so that a mailbox or a receiver can tell the copies. Nothing is ever left unsent (ADR 22).
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import structlog
from django.db import transaction

from portal.core.sealing import SealBrokenError
from portal.notifications.adapters import outbox
from portal.notifications.adapters.sending import Message, Outcome, Senders
from portal.notifications.models import (
    LIVE,
    Attempt,
    ContactWay,
    Delivery,
    DeliveryPurpose,
    DeliveryState,
    Notice,
    NoticeOutcome,
    WayKind,
)
from portal.notifications.rules import FLOOD, FLOOD_WINDOW, RETRY_AFTER
from portal.notifications.services import testing, wording

logger = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

BATCH = 100
# In a flood so many results are stored together, and none is kept for longer.
RESULTS_AT_ONCE = 20
RESULTS_WITHIN_SECONDS = 0.25
# A claim this old gets a sign of life before the next message: one takes less than the rest.
RENEW_AFTER_SECONDS = 5
LOST = "The worker that had it fell silent, so nobody knows whether it was sent."
REMOVED = "The contact way was removed."
CLOSED = "The account is closed."
READ = "It was read in the inbox before it was due."
SEALED = "The address cannot be opened with the keys of this portal."


def deliver(*, clock: Clock, until: float) -> bool:
    """Send what is due, and return whether there may be more.

    `until` is a moment of `time.monotonic`, at which others have their turn with the worker.
    """
    take_back(clock)
    with Senders() as senders:
        while time.monotonic() < until:
            if not deliver_some(clock=clock, senders=senders):
                return False
    return True


def deliver_some(*, clock: Clock, senders: Senders) -> int:
    """Claim and send one batch of what is due, and return how many deliveries it had."""
    claim = uuid4()
    claimed = outbox.claim_due(claim, now=clock(), most=BATCH)
    if not claimed:
        return 0
    results = _Results(claim, clock, most=RESULTS_AT_ONCE if len(claimed) == BATCH else 1)
    alive = time.monotonic()
    try:
        for parcel in _parcels(claimed, claim, now=clock()):
            if time.monotonic() - alive > RENEW_AFTER_SECONDS:
                outbox.renew(claim, now=clock())
                alive = time.monotonic()
            _send(parcel, results, senders=senders)
    finally:
        results.store()
    return len(claimed)


class _Results:
    """What was sent under a claim and is not stored yet: one message, or a few in a flood."""

    def __init__(self, claim: UUID, clock: Clock, *, most: int) -> None:
        self.claim, self.clock, self._most = claim, clock, most
        self._sent: dict[int, UUID] = {}
        self._since = 0.0
        self._messages = 0

    def add(self, parcel: "_Parcel") -> None:
        """Take note of a message that was sent, and store it with others when it is time."""
        if not self._sent:
            self._since = time.monotonic()
        self._sent |= dict.fromkeys(parcel.ids, parcel.message)
        self._messages += 1
        is_late = time.monotonic() - self._since > RESULTS_WITHIN_SECONDS
        if self._messages >= self._most or is_late:
            self.store()

    def store(self) -> None:
        """Store what was sent."""
        sent, self._sent, self._messages = self._sent, {}, 0
        if not sent:
            return
        is_flood = self._most > 1
        held = outbox.sent(sent, self.claim, now=self.clock(), is_flood=is_flood)
        if held < len(sent):
            # Another worker took us for dead; it sends the same again, under the same ids.
            logger.warning("delivery_results_came_late", deliveries=len(sent))


def take_back(clock: Clock) -> int:
    """Take back what workers hold that have been silent for a minute; return how many."""
    with transaction.atomic():
        now = clock()
        lost = outbox.lost_claims(now=now, most=10 * BATCH)
        for delivery in _loaded(lost):
            _settle_failure(delivery, Outcome(LOST), now=now)
    if lost:
        logger.warning("deliveries_taken_back", deliveries=len(lost))
    return len(lost)


@dataclass(frozen=True, slots=True)
class _Parcel:
    """Deliveries that go to one way in one message; or that do not go, and why."""

    deliveries: list[Delivery]
    skip: str = ""

    @property
    def way(self) -> ContactWay:
        return self.deliveries[0].way

    @property
    def ids(self) -> list[int]:
        return [one.pk for one in self.deliveries]

    @property
    def message(self) -> UUID:
        """The same for the same deliveries, whoever sends them and however often."""
        return uuid5(NAMESPACE_URL, f"deliveries:{','.join(map(str, sorted(self.ids)))}")


def _parcels(claimed: Sequence[int], claim: UUID, *, now: datetime) -> list[_Parcel]:
    """Return what is to be sent, in order: floods and digests are one message for each way."""
    by_way: dict[int, list[Delivery]] = defaultdict(list)
    parcels = []
    for delivery in _loaded(claimed):
        if reason := _needless(delivery):
            parcels.append(_Parcel([delivery], reason))
        else:
            by_way[delivery.way_id].append(delivery)
    lately = outbox.messages_sent_lately(list(by_way), now=now)
    for way, deliveries in by_way.items():
        count, first = lately.get(way, (0, now))
        if count >= FLOOD and not any(one.is_urgent for one in deliveries):
            outbox.hold([one.pk for one in deliveries], claim, until=first + FLOOD_WINDOW)
        else:
            parcels += _bundled(deliveries, count)
    return parcels


def _bundled(deliveries: Sequence[Delivery], sent_lately: int) -> Iterator[_Parcel]:
    """Yield the messages that deliveries to one way become."""
    digest = [one for one in deliveries if one.purpose == DeliveryPurpose.DIGEST]
    notices = [one for one in deliveries if one.purpose == DeliveryPurpose.NOTICE]
    for one in deliveries:
        if one.purpose == DeliveryPurpose.TEST:
            yield _Parcel([one])
    if len(notices) > 1 and len(notices) + sent_lately > FLOOD:
        yield _Parcel(notices)
    else:
        for one in notices:
            yield _Parcel([one])
    if digest:
        yield _Parcel(digest)


def _needless(delivery: Delivery) -> str:
    """Return why a delivery need not or cannot go any more; empty when it goes."""
    if delivery.way.removed_at is not None:
        return REMOVED
    if not delivery.user.is_active:
        return CLOSED
    if delivery.notice is not None and delivery.notice.read_at is not None:
        return READ
    return ""


def _send(parcel: _Parcel, results: _Results, *, senders: Senders) -> None:
    outcome = _outcome(parcel, senders)
    if outcome.is_sent:
        results.add(parcel)
    else:
        _settle(parcel, results.claim, outcome, now=results.clock())


def _outcome(parcel: _Parcel, senders: Senders) -> Outcome:
    if parcel.skip:
        return Outcome(parcel.skip, is_final=True)
    try:
        return senders.send(_message(parcel))
    except SealBrokenError:
        return Outcome(SEALED, is_final=True)


def _message(parcel: _Parcel) -> Message:
    first, way = parcel.deliveries[0], parcel.way
    if first.purpose == DeliveryPurpose.TEST:
        code = testing.code_of(way)
        path = f"{way.get_absolute_url()}?code={code}"
        words = wording.of_test(first.user, way=way.label, code=code, path=path)
    elif first.purpose == DeliveryPurpose.DIGEST or len(parcel.deliveries) > 1:
        notices = [one.notice for one in parcel.deliveries if one.notice]
        is_digest = first.purpose == DeliveryPurpose.DIGEST
        words = wording.of_many(notices, first.user, is_digest=is_digest)
    else:
        assert first.notice is not None  # noqa: S101 - a constraint says so
        words = wording.of_notice(first.notice, first.user)
    return Message(
        id=parcel.message,
        kind=WayKind(way.kind),
        address=way.address,
        subject=words.subject,
        body=words.body,
        short=words.short,
    )


@transaction.atomic
def _settle(parcel: _Parcel, claim: UUID, outcome: Outcome, *, now: datetime) -> None:
    """Store that a message was not sent; what another worker took meanwhile is left to it."""
    held = Delivery.objects.select_for_update().filter(
        pk__in=parcel.ids, state=DeliveryState.SENDING, claim=claim
    )
    for delivery in _loaded(list(held.values_list("pk", flat=True))):
        _settle_failure(delivery, outcome, now=now)


def _settle_failure(delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
    """Let a delivery be tried again later, or give it up and let the next way have its turn."""
    delivery.claim = delivery.claimed_at = None
    delivery.error = outcome.error
    if outcome.error == READ:
        delivery.state, delivery.ended_at = DeliveryState.SKIPPED, now
        delivery.save()
        _close(delivery.notice, NoticeOutcome.READ)
        return
    delivery.attempts += 1
    Attempt.objects.create(
        delivery=delivery, number=delivery.attempts, at=now, error=outcome.error
    )
    if not outcome.is_final and delivery.attempts < delivery.most_attempts:
        pause = RETRY_AFTER[min(delivery.attempts, len(RETRY_AFTER)) - 1]
        delivery.state, delivery.due_at = DeliveryState.WAITING, now + pause
        delivery.save()
        return
    delivery.state, delivery.ended_at = DeliveryState.FAILED, now
    delivery.save()
    ContactWay.objects.filter(pk=delivery.way_id).update(
        last_failed_at=now, last_failure=outcome.error
    )
    if delivery.notice is not None:
        pass_on(delivery.notice, after=delivery, now=now)


def pass_on(notice: Notice, *, now: datetime, after: Delivery | None = None) -> None:
    """Let a notice go by the next way of the person, or end the telling when there is none.

    It does nothing while the notice is still under way elsewhere, or was delivered.
    """
    # Whoever else ends a delivery of it waits here, and then sees what became of this one.
    Notice.objects.select_for_update().get(pk=notice.pk)
    deliveries = list(Delivery.objects.filter(notice=notice).values_list("way", "state"))
    states = {state for _, state in deliveries}
    if DeliveryState.SENT in states:
        _close(notice, NoticeOutcome.DELIVERED)
        return
    if states & set(LIVE):
        return
    tried = {way for way, _ in deliveries}
    following = (
        ContactWay.objects.filter(
            user=notice.user_id, removed_at=None, verified_at__isnull=False, user__is_active=True
        )
        .exclude(pk__in=tried)
        .order_by("position", "pk")
        .first()
    )
    if following is None:
        _close(notice, NoticeOutcome.UNDELIVERED)
        return
    why = f"By the next way, as {after.way.label} failed: {after.error}" if after else ""
    Delivery.objects.create(
        user_id=notice.user_id,
        notice=notice,
        way=following,
        purpose=after.purpose if after else DeliveryPurpose.NOTICE,
        is_urgent=after.is_urgent if after else False,
        created_at=now,
        due_at=now,
        why=why[:400],
    )


def _close(notice: Notice | None, outcome: NoticeOutcome) -> None:
    if notice is not None:
        Notice.objects.filter(pk=notice.pk, outcome=NoticeOutcome.OPEN).update(outcome=outcome)


def _loaded(ids: Iterable[int]) -> list[Delivery]:
    """Return deliveries with what sending needs, the urgent and then the oldest first."""
    found = Delivery.objects.select_related("way", "notice", "user").filter(pk__in=list(ids))
    return list(found.order_by("-is_urgent", "due_at", "pk"))
