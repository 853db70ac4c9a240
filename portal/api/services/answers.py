"""Answers kept for requests that name an idempotency key, so that sending twice does once.

An answer is written in the transaction of the change that it tells of. A request that was refused
changed nothing, so it keeps nothing and its key may be used again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from portal.api.models import StoredAnswer

KEPT_FOR = timedelta(hours=24)


class KeyInUseError(Exception):
    """A request with that key is being worked on at this moment."""


class KeyReusedError(Exception):
    """The key was used for another request."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be sent again: by whom, under which key, and the digest of what it asks."""

    sender: str
    key: str
    fingerprint: bytes


def recall_answer(*, asked: Asked, now: datetime) -> StoredAnswer | None:
    """Return the answer kept for a key, or None after taking the key until the transaction ends.

    Raises:
        KeyInUseError: another transaction has taken the key.
        KeyReusedError: the key was used within a day for a request with another fingerprint.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{asked.sender} {asked.key}"],
        )
        (is_mine,) = cursor.fetchone()
    if not is_mine:
        raise KeyInUseError
    kept = StoredAnswer.objects.filter(sender=asked.sender, key=asked.key).first()
    if kept is None:
        return None
    if kept.created_at <= now - KEPT_FOR:
        kept.delete()
        return None
    if bytes(kept.fingerprint) != asked.fingerprint:
        raise KeyReusedError
    return kept


def keep_answer(
    *, asked: Asked, status: int, headers: Mapping[str, str], body: bytes, now: datetime
) -> None:
    """Keep the answer to a request whose key this transaction has taken."""
    StoredAnswer.objects.create(
        sender=asked.sender,
        key=asked.key,
        fingerprint=asked.fingerprint,
        status=status,
        headers=dict(headers),
        body=body,
        created_at=now,
    )


def forget_answers(*, now: datetime) -> int:
    """Remove the answers that are older than a day, and return how many there were."""
    removed, _ = StoredAnswer.objects.filter(created_at__lte=now - KEPT_FOR).delete()
    return removed
