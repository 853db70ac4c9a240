"""Reads of the inbox of a person."""

from django.db.models import QuerySet

from portal.accounts.models import User
from portal.notifications.models import Notice

# What is more is shown as this and a plus.
MOST_COUNTED = 99


def notices_of(user: User) -> QuerySet[Notice]:
    """Return the notices of a person."""
    return Notice.objects.filter(user=user)


def count_unread(user: User) -> int:
    """Return how many notices a person has not read, counting to 100 at most."""
    unread = Notice.objects.filter(user=user, read_at=None)
    return unread.order_by()[: MOST_COUNTED + 1].count()
