"""Reads of contact ways: those of a person, and whether people can be reached."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from portal.accounts.models import User
from portal.notifications.models import ContactWay
from portal.notifications.rules import ANSWER_WITHIN, STALE_AFTER

# So many ways that were verified lately make somebody reachable.
ENOUGH_WAYS = 2


def ways_of(user: User) -> QuerySet[ContactWay]:
    """Return the ways of a person in the order in which they are tried."""
    return ContactWay.objects.filter(user=user, removed_at=None).order_by("position", "pk")


def verified_ways(user: User) -> list[ContactWay]:
    """Return the ways that a person has answered a test of, however long ago, in their order."""
    return list(ways_of(user).filter(verified_at__isnull=False))


@dataclass(frozen=True, slots=True)
class Reachability:
    """How well somebody can be reached at an instant.

    `verified` counts ways whose last answer is at most 90 days old; `stale` those whose answer is
    older; `unanswered` those whose latest test nobody answered within the hour.
    """

    user_id: int
    verified: int = 0
    stale: int = 0
    unanswered: int = 0
    failing: int = 0
    last_answered_at: datetime | None = None

    @property
    def is_enough(self) -> bool:
        """Whether there are two ways that were verified lately."""
        return self.verified >= ENOUGH_WAYS


def reachability(people: Iterable[User], now: datetime) -> dict[int, Reachability]:
    """Return how well people can be reached, by their ids: one query for any number of them."""
    ids = {person.pk for person in people}
    fresh = Q(verified_at__isnull=False, last_test_answered_at__gte=now - STALE_AFTER)
    counted = (
        ContactWay.objects.filter(user__in=ids, removed_at=None)
        .values("user")
        .annotate(
            verified=Count("pk", filter=fresh),
            stale=Count("pk", filter=Q(verified_at__isnull=False) & ~fresh),
            unanswered=Count(
                "pk",
                filter=~Q(test_nonce="") & Q(last_test_sent_at__lt=now - ANSWER_WITHIN),
            ),
            failing=Count("pk", filter=Q(last_failed_at__isnull=False)),
            last_answered=Max("last_test_answered_at"),
        )
    )
    found = {
        row["user"]: Reachability(
            row["user"],
            row["verified"],
            row["stale"],
            row["unanswered"],
            row["failing"],
            row["last_answered"],
        )
        for row in counted
    }
    return {id_: found.get(id_, Reachability(id_)) for id_ in ids}
