"""Who owns the nights: applications with their claims, cover per tier, and teams by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from oncall.models import Claim, ClaimState, ClaimStep, Cover
from oncall.plans.claims import COVERED
from portal.accounts.policies import Viewer
from portal.catalogue.models import Application, Team, Tier
from portal.catalogue.selectors import applications_visible_to

# Without a live claim.
CENTRAL = "CENTRAL"
TREND = timedelta(days=90)
RECOGNISED = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which applications of the scoreboard: all that fit every part that is given."""

    state: str = ""
    tier: int | None = None
    team: Team | None = None
    unready: bool = False


def scoreboard(user: Viewer, wanted: Wanted) -> QuerySet[Application]:
    """Return current owned applications with the state and readiness of their live claims.

    `claim_state` is None where central support answers; `claim_met` of `claim_items` are met.
    """
    found = (
        applications_visible_to(user)
        .filter(retired_at=None, owner__isnull=False)
        .annotate(
            live=FilteredRelation("oncall_claims", condition=Q(oncall_claims__ended_at=None))
        )
        .annotate(
            claim_state=F("live__state"),
            claim_since=F("live__since"),
            claim_met=F("live__met"),
            claim_items=F("live__items"),
            claim_unready_since=F("live__unready_since"),
        )
        .select_related("owner")
    )
    if wanted.state == CENTRAL:
        found = found.filter(live__pk=None)
    elif wanted.state:
        found = found.filter(live__state=wanted.state)
    else:
        found = found.filter(live__pk__isnull=False)
    if wanted.tier:
        found = found.filter(tier=wanted.tier)
    if wanted.team:
        found = found.filter(owner__lineage__contains=[wanted.team.pk])
    if wanted.unready:
        found = found.filter(live__met__lt=F("live__items"))
    return found


@dataclass(frozen=True, slots=True)
class Central:
    """What is shown of an application without a live claim."""

    label: str = "Central support"
    tone: str = "unknown"


def nights_of(application: Any) -> ClaimState | Central:
    """Return how the nights of a row of the scoreboard stand."""
    state = application.claim_state
    return ClaimState(state) if state else Central()


def with_nights(applications: QuerySet[Application]) -> QuerySet[Application]:
    """Return applications with the state of their live claims, in the same query."""
    live = Claim.objects.filter(application=OuterRef("pk"), ended_at=None)
    return applications.annotate(claim_state=Subquery(live.values("state")[:1]))


def with_team_nights(teams: QuerySet[Team]) -> QuerySet[Team]:
    """Return teams with how many applications they and those below own, in the same query.

    `nights_owned` are those for which they answer at night, of `nights_total`.
    """
    here = Func(
        OuterRef("pk"),
        template="ARRAY[%(expressions)s]",
        output_field=ArrayField(BigIntegerField()),
    )
    below = (
        Application.objects.filter(retired_at=None, owner__lineage__contains=here)
        .order_by()
        .values(all=Value(1))
    )
    covered = Exists(Cover.objects.filter(application=OuterRef("pk"), until=None))
    return teams.annotate(
        nights_total=Coalesce(Subquery(below.annotate(n=Count("pk")).values("n")), 0),
        nights_owned=Coalesce(
            Subquery(below.annotate(n=Count("pk", filter=Q(covered))).values("n")), 0
        ),
    )


@dataclass(frozen=True, slots=True)
class TierCover:
    """How many of the applications of a tier have their nights with their team, and had before."""

    tier: Tier
    owned: int
    total: int
    owned_before: int
    total_before: int

    @property
    def share(self) -> float | None:
        """The share now; None where there is no application."""
        return self.owned / self.total if self.total else None

    @property
    def share_before(self) -> float | None:
        """The share some months ago; None where there was no application."""
        return self.owned_before / self.total_before if self.total_before else None

    @property
    def points(self) -> int | None:
        """By how many points of a hundred the share changed; None where it cannot be said."""
        if self.share is None or self.share_before is None:
            return None
        return round(100 * (self.share - self.share_before))

    @property
    def trend(self) -> str:
        """The trend in words."""
        points = self.points
        if points is None:
            return "no data before"
        if points == 0:
            return "as three months ago"
        more = "more" if points > 0 else "less"
        return f"{abs(points)} point{'' if abs(points) == 1 else 's'} {more} than three months ago"


def cover_by_tier(*, now: datetime) -> list[TierCover]:
    """Return of every tier how many nights are with their teams, now and three months ago."""
    before = now - TREND
    covers = Cover.objects.filter(application=OuterRef("pk"))
    earlier = Q(registered_at__lte=before) & (Q(retired_at=None) | Q(retired_at__gt=before))
    covered = Exists(covers.filter(until=None))
    covered_before = Exists(covers.filter(Q(until=None) | Q(until__gt=before), since__lte=before))
    counts = {
        tier: numbers
        for tier, *numbers in Application.objects.order_by()
        .values_list("tier")
        .annotate(
            owned=Count("pk", filter=Q(retired_at=None) & Q(covered)),
            total=Count("pk", filter=Q(retired_at=None)),
            owned_before=Count("pk", filter=earlier & Q(covered_before)),
            total_before=Count("pk", filter=earlier),
        )
    }
    return [TierCover(tier, *counts.get(tier.value, (0, 0, 0, 0))) for tier in Tier]


def in_a_sentence(tiers: Sequence[TierCover]) -> str:
    """Return how the company stands in a plain sentence."""
    owned, total = sum(one.owned for one in tiers), sum(one.total for one in tiers)
    if not total:
        return "There is no application yet."
    if not owned:
        return f"Central support answers for all {total:,} applications at night."
    before = sum(one.owned_before for one in tiers)
    change = owned - before
    if change == 0:
        since = "as many as three months ago"
    else:
        since = f"{abs(change):,} {'more' if change > 0 else 'fewer'} than three months ago"
    return (
        f"Teams answer at night for {owned:,} of {total:,} applications themselves, {since};"
        " central support answers for the others."
    )


def quarter_of(now: datetime) -> datetime:
    """Return when the quarter of the year began, by the clocks of the company."""
    local = now.astimezone(ZoneInfo(settings.COMPANY_ZONE))
    month = local.month - (local.month - 1) % 3
    return local.replace(month=month, day=1, hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Recognition:
    """A team that took on nights lately, and of how many applications."""

    name: str
    slug: str
    number: int


def took_on(*, since: datetime) -> list[Recognition]:
    """Return the teams that came to own nights since an instant and still do, most first."""
    rows = (
        ClaimStep.objects.filter(
            state=ClaimState.OWNED, since__gte=since, claim__state__in=COVERED
        )
        .order_by()
        .values_list("claim__team__name", "claim__team__slug")
        .annotate(number=Count("claim", distinct=True))
        .order_by("-number", "claim__team__name")[:RECOGNISED]
    )
    return [Recognition(*row) for row in rows]
