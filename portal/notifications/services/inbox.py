"""What somebody does with the notices in their inbox."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from portal.accounts.models import User
from portal.notifications.models import Notice
from portal.notifications.models.notices import AHEAD


def mark_read(*, user: User, notices: Iterable[int], now: datetime) -> int:
    """Mark some notices of a person read, and return how many were unread."""
    unread = Notice.objects.filter(user=user, pk__in=list(notices), read_at=None)
    return unread.update(read_at=now, placed_at=F("created_at"))


def mark_all_read(*, user: User, now: datetime, kind: str = "") -> int:
    """Mark all notices of a person read, or all of a kind, and return how many were unread.

    All of them carry the same instant, by which they are found again: see `mark_unread_since`.
    """
    unread = Notice.objects.filter(user=user, read_at=None)
    if kind:
        unread = unread.filter(kind=kind)
    return unread.update(read_at=now, placed_at=F("created_at"))


def mark_unread(*, user: User, notices: Iterable[int]) -> int:
    """Take back that some notices of a person were read, and return how many were."""
    read = Notice.objects.filter(user=user, pk__in=list(notices), read_at__isnull=False)
    return read.update(read_at=None, placed_at=F("created_at") + AHEAD)


def mark_unread_since(*, user: User, read_at: datetime) -> int:
    """Take back that notices of a person were all read at one instant; return how many."""
    read = Notice.objects.filter(user=user, read_at=read_at)
    return read.update(read_at=None, placed_at=F("created_at") + AHEAD)
