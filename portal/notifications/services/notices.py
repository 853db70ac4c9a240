"""Telling people: notices and what goes out, written in the transaction of what they tell of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.text import Truncator

from portal.accounts.models import User
from portal.core import jobs
from portal.notifications.adapters import outbox
from portal.notifications.models import Delivery, DeliveryPurpose, Manner, NoticeOutcome
from portal.notifications.rules import Due, when_due
from portal.notifications.selectors.arrangements import Arrangement, arrangements
from portal.notifications.types import NoticeKind, Urgency, kind_named

DELIVER = "portal.notifications.tasks.deliver"
BATCH = 2_000
LONGEST_TITLE = 200
NO_WAY = "You have no verified contact way."


class NoticeError(ValueError):
    """A notice cannot be written like that; the message is for whoever wrote the call."""


@transaction.atomic
def notify(
    *,
    people: Iterable[User],
    kind: NoticeKind | str,
    title: str,
    text: str,
    url: str,
    now: datetime,
    key: str,
    urgency: Urgency | str | None = None,
) -> int:
    """Tell people something, once each, and return how many were told now.

    The notices are in their inboxes when the caller's transaction commits, and what goes out is
    in the outbox with them: neither is there without the change that they tell of.

    Args:
        people: whom; those whose account is closed are left out.
        kind: one of `portal.notifications.types.KINDS`, or its name.
        title: a line that says it, without a full stop; more than 200 characters are cut.
        text: a few plain sentences, or nothing.
        url: where it can be seen or acted on, a path of the portal such as `/oncall/`.
        now: the instant.
        key: names what it tells of, such as `swap:12:asked`: whoever has a notice with that key
            is not told again.
        urgency: when it goes out; that of the kind when it is left out.

    Raises:
        UnknownKindError: when no kind has that name.
        NoticeError: when title, key or path are not as above.
    """
    kind = kind_named(kind) if isinstance(kind, str) else kind
    told_urgency = kind.urgency if urgency is None else Urgency(urgency)
    title = Truncator(" ".join(title.split())).chars(LONGEST_TITLE)
    if not title or not key or not url.startswith("/") or url.startswith("//"):
        raise NoticeError("A notice has a title, a key, and a path that begins with one slash.")
    persons = {person.pk: person for person in people if person.is_active}
    arranged = arrangements(persons.values(), kind.name)
    plans = {
        user: _plan(arranged[user], urgency=told_urgency, now=now) for user in sorted(persons)
    }
    notices = outbox.insert_notices(
        [outbox.Told(user, plan.outcome, plan.due.why) for user, plan in plans.items()],
        kind=kind.name,
        key=key,
        title=title,
        text=text.strip(),
        url=url,
        urgency=told_urgency,
        now=now,
    )
    rows = [row for user, id_ in notices.items() for row in plans[user].rows(user, id_, now)]
    Delivery.objects.bulk_create(rows, batch_size=BATCH)
    if any(row.due_at <= now for row in rows):
        jobs.nudge(DELIVER)
    return len(notices)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to become of a notice for one person."""

    outcome: NoticeOutcome
    due: Due
    ways: list[int]
    purpose: DeliveryPurpose = DeliveryPurpose.NOTICE
    is_urgent: bool = False

    def rows(self, user: int, notice: int, now: datetime) -> Iterator[Delivery]:
        """Yield the rows of the outbox."""
        for way in self.ways:
            yield Delivery(
                user_id=user,
                notice_id=notice,
                way_id=way,
                purpose=self.purpose,
                is_urgent=self.is_urgent,
                created_at=now,
                due_at=self.due.at,
                why=self.due.why,
            )


def _plan(arrangement: Arrangement, *, urgency: Urgency, now: datetime) -> _Plan:
    if arrangement.manner == Manner.INBOX:
        return _Plan(NoticeOutcome.INBOX, Due(now, "You chose the inbox only."), [])
    ways = arrangement.first_ways
    if not ways:
        return _Plan(NoticeOutcome.UNDELIVERED, Due(now, NO_WAY), [])
    is_urgent = urgency == Urgency.URGENT
    in_digest = arrangement.manner == Manner.DIGEST or urgency == Urgency.DIGEST
    due = when_due(
        now=now,
        is_urgent=is_urgent,
        in_digest=in_digest,
        windows=arrangement.windows,
        zone=arrangement.zone,
        digest_hour=arrangement.digest_hour,
    )
    in_digest = in_digest and not is_urgent
    purpose = DeliveryPurpose.DIGEST if in_digest else DeliveryPurpose.NOTICE
    return _Plan(NoticeOutcome.OPEN, due, ways, purpose, is_urgent)
