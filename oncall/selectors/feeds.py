"""Calendar feeds, and the shifts that each tells of."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from oncall.models import Feed, Rota, Shift
from oncall.selectors.rotas import current_rotas
from portal.accounts.models import User
from portal.catalogue.models import Membership, Team

# A calendar shows so much of what was; what is ahead it shows whole.
BEHIND = timedelta(days=60)
MOST_SHIFTS = 5000


def feeds_of(user: User) -> QuerySet[Feed]:
    """Return the feeds that a person made, those that work first."""
    return (
        Feed.objects.filter(created_by=user)
        .select_related("person", "rota__team", "team")
        .order_by("revoked_at", "-created_at", "-pk")
    )


def feedable(user: User) -> tuple[list[Rota], list[Team]]:
    """Return the rotas and teams that a person is near to: theirs, and the rotas of those."""
    teams = list(
        Team.objects.filter(pk__in=Membership.objects.filter(user=user).values("team")).order_by(
            "name"
        )
    )
    rotas = current_rotas().filter(team__in=teams).select_related("team").order_by("name", "pk")
    return list(rotas), teams


def shifts_of_feed(feed: Feed, now: datetime) -> list[Shift]:
    """Return the shifts that a feed tells of, with rota and person, those that begin first."""
    found = Shift.objects.filter(ends_at__gt=now - BEHIND)
    if feed.person:
        found = found.filter(person=feed.person)
    elif feed.rota:
        found = found.filter(rota=feed.rota)
    else:
        found = found.filter(rota__team=feed.team, rota__retired_at=None)
    return list(
        found.select_related("rota__team", "person").order_by("starts_at", "pk")[:MOST_SHIFTS]
    )
