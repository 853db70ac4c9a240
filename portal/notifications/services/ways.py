"""Contact ways: added and removed by the person, and verified by answering a test."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.core import jobs
from portal.core.changes import describe_changes
from portal.core.sealing import digest, seal
from portal.notifications import policies
from portal.notifications.adapters.channels import CHANNELS, LONGEST_ADDRESS, offered
from portal.notifications.models import (
    LIVE,
    LONGEST_LABEL,
    ContactWay,
    Delivery,
    DeliveryPurpose,
    DeliveryState,
    WayKind,
)
from portal.notifications.rules import ANSWER_WITHIN
from portal.notifications.selectors.ways import ways_of
from portal.notifications.services import testing
from portal.notifications.services.notices import DELIVER

MOST_WAYS = 10
# Tests that one person may send: nobody is to be pestered by somebody else's way.
MOST_TESTS, TESTS_WITHIN = 10, timedelta(hours=1)
BETWEEN_TESTS = timedelta(minutes=1)


class WayError(ValueError):
    """It cannot be done as things stand; the message says how to mend it."""


class WrongAnswerError(WayError):
    """What was typed does not answer the test."""


@transaction.atomic
def add_way(*, kind: WayKind, address: str, label: str, actor: User, now: datetime) -> ContactWay:
    """Add a contact way of the actor, the last to be tried; it counts once it is verified.

    Raises:
        WayError: when the kind is not offered, there are too many, or the address is there.
        ValidationError: when the address is none of the kind, or of a host that is not allowed.
    """
    if kind not in {channel.kind for channel in offered()}:
        raise WayError(f"{kind.label} is not offered here. Operations choose which kinds are.")
    address = address.strip()
    if len(address) > LONGEST_ADDRESS:
        raise ValidationError(f"An address has at most {LONGEST_ADDRESS} characters.")
    address = CHANNELS[kind].clean(address)
    User.objects.select_for_update().get(pk=actor.pk)  # the number and order of ways are theirs
    positions = list(ways_of(actor).values_list("position", flat=True))
    if len(positions) >= MOST_WAYS:
        raise WayError(f"You have {MOST_WAYS} ways. Remove one that you do not need.")
    way = ContactWay(
        user=actor,
        kind=kind,
        sealed_address=seal(address),
        address_digest=digest(address),
        label=_named(label or kind.label),
        position=max(positions, default=-1) + 1,
        created_at=now,
    )
    try:
        with transaction.atomic():
            way.save(force_insert=True)
    except IntegrityError as error:
        raise WayError("You have a way with this address already.") from error
    _tell(AuditEvent.WAY_ADDED, way, actor, now)
    return way


@transaction.atomic
def rename_way(*, way: ContactWay, label: str, actor: User, now: datetime) -> None:
    """Give a way another name; nothing is written when it has it already.

    Raises:
        NotAllowedError: when it is not the actor's.
        WayError: when it was removed, or the name is empty or too long.
    """
    way = _locked(way, actor)
    before, way.label = way.label, _named(label)
    changes = describe_changes({"name": before}, {"name": way.label})
    if not changes:
        return
    way.save(update_fields=["label"])
    _tell(AuditEvent.WAY_CHANGED, way, actor, now, changes=changes)


@transaction.atomic
def try_earlier(*, way: ContactWay, actor: User, now: datetime) -> None:
    """Let a way be tried before the one that is tried before it; the first stays the first.

    Raises:
        NotAllowedError: when it is not the actor's.
        WayError: when it was removed.
    """
    way = _locked(way, actor)
    ways = list(ways_of(actor))
    place = [one.pk for one in ways].index(way.pk)
    if place == 0:
        return
    ways[place - 1], ways[place] = ways[place], ways[place - 1]
    for position, one in enumerate(ways):
        one.position = position
    ContactWay.objects.bulk_update(ways, ["position"])
    changes = describe_changes({"tried": place + 1}, {"tried": place})
    _tell(AuditEvent.WAY_CHANGED, way, actor, now, changes=changes)


@transaction.atomic
def remove_way(*, way: ContactWay, actor: User, now: datetime) -> None:
    """Remove a way: its address is erased, and what waits to go by it goes by the next.

    Raises:
        NotAllowedError: when it is not the actor's.
        WayError: when it was removed already.
    """
    way = _locked(way, actor)
    way.removed_at = now
    way.sealed_address = way.address_digest = None
    way.test_nonce = ""
    way.save()
    # A worker finds it removed, and passes on what waited.
    Delivery.objects.filter(way=way, state=DeliveryState.WAITING).update(due_at=now)
    jobs.nudge(DELIVER)
    _tell(AuditEvent.WAY_REMOVED, way, actor, now)


@transaction.atomic
def send_test(*, way: ContactWay, actor: User, now: datetime) -> None:
    """Send a one-time code by a way; answering it within the hour verifies the way.

    Raises:
        NotAllowedError: when it is not the actor's.
        WayError: when it was removed, or too many tests were sent lately.
    """
    way = _locked(way, actor)
    if way.last_test_sent_at is not None and now - way.last_test_sent_at < BETWEEN_TESTS:
        raise WayError("A test was sent less than a minute ago. Give it a moment to arrive.")
    lately = Delivery.objects.filter(
        user=actor, purpose=DeliveryPurpose.TEST, created_at__gt=now - TESTS_WITHIN
    )
    if lately.count() >= MOST_TESTS:
        raise WayError(f"You sent {MOST_TESTS} tests within the hour. Go on a little later.")
    way.test_nonce, way.test_guesses, way.last_test_sent_at = testing.new_nonce(), 0, now
    way.save(update_fields=["test_nonce", "test_guesses", "last_test_sent_at"])
    # An older test that still waits would carry the new code a second time.
    Delivery.objects.filter(way=way, purpose=DeliveryPurpose.TEST, state__in=LIVE).update(
        state=DeliveryState.SKIPPED,
        claim=None,
        claimed_at=None,
        ended_at=now,
        error="A newer test took its place.",
    )
    Delivery.objects.create(
        user=actor,
        way=way,
        purpose=DeliveryPurpose.TEST,
        is_urgent=True,
        created_at=now,
        due_at=now,
        most_attempts=1,
    )
    jobs.nudge(DELIVER)


def answer_test(*, way: ContactWay, code: str, actor: User, now: datetime) -> None:
    """Verify a way by the code that its test carried.

    Raises:
        NotAllowedError: when it is not the actor's.
        WrongAnswerError: when the code is another, or there were too many wrong ones.
        WayError: when it was removed, no test is open, or it was sent over an hour ago.
    """
    if not _is_answered(way, code, actor, now):
        raise WrongAnswerError("That is not the code. Look for the newest message.")


@transaction.atomic
def _is_answered(way: ContactWay, code: str, actor: User, now: datetime) -> bool:
    """Return whether the code is right; a wrong one is counted, and that stays."""
    way = _locked(way, actor)
    if not way.has_open_test or way.last_test_sent_at is None:
        raise WayError("No test of this way is open. Send one.")
    if now - way.last_test_sent_at > ANSWER_WITHIN:
        raise WayError("The code was good for an hour. Send another test.")
    if way.test_guesses >= testing.MOST_GUESSES:
        raise WrongAnswerError("There were too many wrong codes. Send another test.")
    if not testing.is_answer(way, code):
        way.test_guesses += 1
        way.save(update_fields=["test_guesses"])
        return False
    way.test_nonce, way.last_test_answered_at = "", now
    way.verified_at = way.verified_at or now
    way.last_failed_at, way.last_failure = None, ""
    way.save()
    _tell(AuditEvent.WAY_VERIFIED, way, actor, now)
    return True


def _named(label: str) -> str:
    label = " ".join(label.split())
    if not 0 < len(label) <= LONGEST_LABEL:
        raise WayError(f"A name has 1 to {LONGEST_LABEL} characters.")
    return label


def _locked(way: ContactWay, actor: User) -> ContactWay:
    policies.require(actor, policies.CHANGE_WAY, way)
    way = ContactWay.objects.select_for_update(of=("self",)).select_related("user").get(pk=way.pk)
    if way.removed_at is not None:
        raise WayError("This way was removed.")
    return way


def _tell(event: AuditEvent, way: ContactWay, actor: User, now: datetime, **more: str) -> None:
    """Record a change of a way; the address is nobody's business, so it is not told."""
    told = {"way": way.label, "kind": WayKind(way.kind).label, **more}
    audit.record(event, actor=actor.label, subject=way.user.label, now=now, data=told)
