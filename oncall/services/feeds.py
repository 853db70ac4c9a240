"""Making and revoking calendar feeds; the secret is returned once, and stored and told nowhere."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

from django.db import transaction

from oncall import policies
from oncall.models import Feed, Rota
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Team

RANDOM_BYTES = 32
PREFIX_LENGTH = 8
NOTICED_EVERY = timedelta(hours=1)


class FeedError(ValueError):
    """It cannot be revoked as things stand; the message says why."""


@dataclass(frozen=True, slots=True)
class IssuedFeed:
    """A new feed, and its secret, which is never seen again."""

    feed: Feed
    secret: str

    def __repr__(self) -> str:
        return f"IssuedFeed({self.feed.prefix}…)"


@transaction.atomic
def create_feed(*, target: User | Rota | Team, actor: User, now: datetime) -> IssuedFeed:
    """Make a feed of the shifts of oneself, of a rota or of a team, and return it with its secret.

    Raises:
        NotAllowedError: when the actor neither belongs to the team nor oversees it.
    """
    policies.require(actor, policies.MAKE_FEED, target)
    secret = secrets.token_urlsafe(RANDOM_BYTES)
    feed = Feed.objects.create(
        person=target if isinstance(target, User) else None,
        rota=target if isinstance(target, Rota) else None,
        team=target if isinstance(target, Team) else None,
        prefix=secret[:PREFIX_LENGTH],
        digest=_digest(secret),
        created_by=actor,
        created_at=now,
    )
    _tell(AuditEvent.FEED_CREATED, feed, actor, now)
    return IssuedFeed(feed, secret)


@transaction.atomic
def revoke_feed(*, feed: Feed, actor: User, now: datetime) -> Feed:
    """Make an address useless at once and for ever.

    Raises:
        NotAllowedError: when the actor did not make it.
        FeedError: when it is revoked already.
    """
    feed = Feed.objects.select_for_update().get(pk=feed.pk)
    policies.require(actor, policies.REVOKE_FEED, feed)
    if feed.revoked_at:
        raise FeedError("It is revoked already.")
    feed.revoked_at = now
    feed.save(update_fields=["revoked_at"])
    _tell(AuditEvent.FEED_REVOKED, feed, actor, now)
    return feed


def open_feed(*, secret: str, now: datetime) -> Feed | None:
    """Return the feed of a secret, if its maker may still read what it tells of.

    An unknown one, a revoked one and a foreign one are told apart by nothing.
    """
    digest = _digest(secret)
    feed = (
        Feed.objects.filter(digest=digest)
        .select_related("created_by", "person", "rota__team", "team")
        .first()
    )
    if feed is None or not compare_digest(bytes(feed.digest), digest) or feed.revoked_at:
        return None
    if not policies.allows(feed.created_by, policies.MAKE_FEED, feed.target):
        return None
    if feed.last_used_at is None or feed.last_used_at < now - NOTICED_EVERY:
        Feed.objects.filter(pk=feed.pk).update(last_used_at=now)
    return feed


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _tell(event: AuditEvent, feed: Feed, actor: User, now: datetime) -> None:
    audit.record(
        event,
        actor=actor.label,
        subject=feed.target.label,
        now=now,
        data={"prefix": feed.prefix},
    )
