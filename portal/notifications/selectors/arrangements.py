"""What people set, as far as it says when and by which way one kind of notice reaches them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from portal.accounts.models import User
from portal.notifications.models import (
    ContactWay,
    KindPreference,
    Manner,
    Preferences,
    QuietHours,
)
from portal.notifications.models.preferences import DIGEST_HOUR
from portal.notifications.rules import QuietWindow


@dataclass(slots=True)
class Arrangement:
    """How one person wants one kind of notice.

    `ways` are all that are verified, in order; `chosen` the ids of those picked for the kind.
    """

    zone: ZoneInfo
    manner: Manner = Manner.AT_ONCE
    digest_hour: int = DIGEST_HOUR
    ways: list[int] = field(default_factory=list)
    chosen: set[int] = field(default_factory=set)
    windows: list[QuietWindow] = field(default_factory=list)

    @property
    def first_ways(self) -> list[int]:
        """The ways by which a notice goes at first: those chosen, or else the first of all."""
        chosen = [way for way in self.ways if way in self.chosen]
        return chosen or self.ways[:1]


def arrangements(people: Iterable[User], kind: str) -> dict[int, Arrangement]:
    """Return what people set for a kind of notice, by their ids: five queries for any number."""
    found = {person.pk: Arrangement(ZoneInfo(person.zone)) for person in people}
    ways = ContactWay.objects.filter(
        user__in=found, removed_at=None, verified_at__isnull=False
    ).order_by("position", "pk")
    for user, way in ways.values_list("user", "pk"):
        found[user].ways.append(way)
    for user, hour in Preferences.objects.filter(user__in=found).values_list(
        "user", "digest_hour"
    ):
        found[user].digest_hour = hour
    for hours in QuietHours.objects.filter(user__in=found):
        found[hours.user_id].windows.append(hours.window)
    chosen = KindPreference.objects.filter(user__in=found, kind=kind).prefetch_related("ways")
    for preference in chosen:
        found[preference.user_id].manner = Manner(preference.manner)
        found[preference.user_id].chosen = {way.pk for way in preference.ways.all()}
    return found
