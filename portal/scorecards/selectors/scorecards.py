"""Reads of whole scorecards: how applications are spread over levels, and how that went."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, QuerySet, Sum

from kpis.models import COMPANY_ID, ScopeKind
from portal.accounts.policies import Viewer
from portal.catalogue.models import Team
from portal.scorecards.models import Scorecard, Snapshot, Standing, Version
from portal.scorecards.rules.definitions import Definition

TREND_DAYS = 180


def scorecards_visible_to(user: Viewer) -> QuerySet[Scorecard]:
    """Return all scorecards in their order, or none for somebody who is not active."""
    found = Scorecard.objects.select_related("current", "shipped").exclude(current=None)
    return found.order_by("position", "title") if user.is_active else found.none()


def versions_of(scorecard: Scorecard) -> list[Version]:
    """Return the versions of a scorecard, the newest first."""
    return list(scorecard.versions.order_by("-number")[:50])


@dataclass(frozen=True, slots=True)
class Share:
    """How many applications have a level as their highest; `start` and `width` are per cent."""

    rank: int
    name: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """How applications are spread over the levels of a scorecard, the highest first."""

    scorecard: Scorecard
    definition: Definition
    shares: Sequence[Share]
    unknown: int

    @property
    def total(self) -> int:
        """How many applications are judged."""
        return sum(share.count for share in self.shares)

    @property
    def words(self) -> str:
        """The shares as a sentence."""
        return ", ".join(f"{share.count:,} {share.name}" for share in self.shares if share.count)


def distributions(scorecards: Sequence[Scorecard], team: Team | None = None) -> list[Distribution]:
    """Return how applications are spread in each scorecard, of all or below a team: one query.

    `unknown` counts results without data.
    """
    found = Standing.objects.filter(scorecard__in=scorecards)
    if team is not None:
        found = found.filter(application__owner__lineage__contains=[team.pk])
    counts: dict[int, Counter[int]] = {}
    unknown = Counter[int]()
    for pk, level, number, missing in found.values_list("scorecard", "level").annotate(
        number=Count("application"), missing=Sum("unknown")
    ):
        counts.setdefault(pk, Counter())[level] += number
        unknown[pk] += missing
    return [
        _distribution(one, counts.get(one.pk, Counter()), unknown[one.pk]) for one in scorecards
    ]


def _distribution(scorecard: Scorecard, counts: Counter[int], unknown: int) -> Distribution:
    definition = scorecard.definition
    total, start, shares = counts.total(), 0.0, []
    for rank in range(len(definition.levels), -1, -1):
        width = 100 * counts[rank] / total if total else 0.0
        name = definition.level_name(rank)
        shares.append(Share(rank, name, counts[rank], round(start, 3), round(width, 3)))
        start += width
    return Distribution(scorecard, definition, shares, unknown)


@dataclass(frozen=True, slots=True)
class Day:
    """How many applications had each level as their highest on a day, by rank."""

    on: date
    levels: Sequence[int]


def trend(scorecard: Scorecard, *, team: Team | None, today: date) -> list[Day]:
    """Return how a scope stood on each day of the last half year on which it changed, in order.

    The first is how it stood at the beginning, if that is known; two reads by primary key.
    """
    since = today - timedelta(days=TREND_DAYS)
    mine = Snapshot.objects.filter(
        scorecard=scorecard,
        scope_kind=ScopeKind.TEAM if team else ScopeKind.COMPANY,
        scope_id=team.pk if team else COMPANY_ID,
    )
    before = mine.filter(on__lt=since).order_by("-on").values_list("levels", flat=True).first()
    days = [Day(since, before)] if before is not None else []
    days += [
        Day(*row) for row in mine.filter(on__gte=since).order_by("on").values_list("on", "levels")
    ]
    highest = len(scorecard.definition.levels)
    return [Day(day.on, _cut(day.levels, highest)) for day in days]


def _cut(levels: Sequence[int], highest: int) -> list[int]:
    """Return the counts for as many levels as there are now; what was above counts as highest."""
    kept = [*levels[: highest + 1], *([0] * (highest + 1 - len(levels)))]
    kept[highest] += sum(levels[highest + 1 :])
    return kept
