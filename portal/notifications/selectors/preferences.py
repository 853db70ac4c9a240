"""Reads of what somebody set about notices."""

from portal.accounts.models import User
from portal.notifications.models import KindPreference, Manner, Preferences, QuietHours
from portal.notifications.models.preferences import DIGEST_HOUR


def digest_hour_of(user: User) -> int:
    """Return the hour at which a person gets the digest."""
    found = Preferences.objects.filter(user=user).values_list("digest_hour", flat=True).first()
    return DIGEST_HOUR if found is None else found


def chosen_by(user: User) -> dict[str, tuple[Manner, frozenset[int]]]:
    """Return how a person wants kinds of notices, by name, where that is not the default."""
    found = KindPreference.objects.filter(user=user).prefetch_related("ways")
    return {
        one.kind: (Manner(one.manner), frozenset(way.pk for way in one.ways.all()))
        for one in found
    }


def quiet_hours_of(user: User) -> list[QuietHours]:
    """Return the quiet hours of a person."""
    return list(QuietHours.objects.filter(user=user))
