"""Pipelines that sent a moment ago, so that the next event costs one statement in all.

A pipeline's token cannot change but expire or be revoked, and the statement that stores its events
asks for that itself (`portal.integrations.adapters.inbox`). So what is remembered here is a guess
that lets nobody in: where it proved nothing, the sender is authenticated in full. People are not
remembered, because what they may do changes with their role and their teams.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from portal.api.services.authentication import Principal

# As often as the use of a token is noted, which is done when the sender is authenticated.
REMEMBERED_FOR = timedelta(minutes=1)
MOST_REMEMBERED = 10_000
_remembered: dict[bytes, tuple[Principal, datetime]] = {}


def recall(*, authorization: str, now: datetime) -> Principal | None:
    """Return the pipeline that sent this header a moment ago, if it was one."""
    sender, at = _remembered.get(_key(authorization), (None, now))
    return sender if abs(now - at) < REMEMBERED_FOR else None


def remember(*, authorization: str, sender: Principal, now: datetime) -> None:
    """Remember a pipeline that was authenticated; nobody else is remembered."""
    if sender.application_id is None:
        return
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[_key(authorization)] = sender, now


def _key(authorization: str) -> bytes:
    return sha256(authorization.encode()).digest()
