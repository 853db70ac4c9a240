"""Cover and load by month: of a team with all below it, of the company, of a tier."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from oncall.models import DutyMonth, Rota
from oncall.rota import label
from oncall.selectors.who import covers_at
from portal.catalogue.models import Application, Team, Tier

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure means: its name, what is counted, and where its rows are."""

    name: str
    words: str


DEFINITIONS = {
    "cover": Definition(
        "Cover", "Hours with a primary on call / hours that the rota is meant to cover."
    ),
    "callouts": Definition(
        "Call-outs per shift", "Call-outs that began in the month / shifts, shadows left out."
    ),
    "nights": Definition(
        "Nights interrupted",
        "Nights (23:00 to 06:00 by the clocks of the rota) with a call-out / nights on call.",
    ),
    "rest": Definition(
        "Rest breaches",
        "Call-outs that left less than 11 hours of rest before the next working day.",
    ),
    "heaviest": Definition(
        "Heaviest share", "The largest share of the covered hours that one person carried."
    ),
}


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """The figures of a month; one that nothing is known of is None, never nought."""

    month: date
    rows: Sequence[DutyMonth]

    @property
    def cover(self) -> float | None:
        """The share of the hours meant that were covered."""
        return _share(self._sum("covered_seconds"), self._sum("meant_seconds"))

    @property
    def per_shift(self) -> float | None:
        """Call-outs per shift."""
        return _share(self._sum("callouts"), self._sum("shifts"))

    @property
    def interrupted(self) -> float | None:
        """The share of nights with a call-out."""
        return _share(self._sum("nights_interrupted"), self._sum("nights"))

    @property
    def rest_breaches(self) -> int | None:
        """After how many call-outs too little rest was left."""
        return self._sum("rest_breaches") if self.rows else None

    @property
    def heaviest(self) -> DutyMonth | None:
        """The row with the largest share."""
        known = [row for row in self.rows if row.heaviest_share is not None]
        return max(known, key=lambda row: row.heaviest_share or 0, default=None)

    def _sum(self, name: str) -> int:
        return sum(getattr(row, name) for row in self.rows)


def figures(team: Team | None, *, before: date, months: int = SHOWN) -> list[MonthFigures]:
    """Return the figures of months up to one, the latest first, of a team or of the company.

    Every month is there; one that was not counted has no rows.
    """
    first = _before(before, months - 1)
    found = DutyMonth.objects.filter(month__gte=first, month__lte=before)
    if team:
        found = found.filter(rota__team__lineage__contains=[team.pk])
    rows: dict[date, list[DutyMonth]] = {}
    for row in found.select_related("heaviest", "rota").order_by("rota__name", "pk"):
        rows.setdefault(row.month, []).append(row)
    return [
        MonthFigures(month, rows.get(month, []))
        for month in (_before(before, number) for number in range(months))
    ]


def cover_by_tier(found: MonthFigures) -> list[tuple[Tier, int, float | None]]:
    """Return each tier with its applications and the share of their hours that was covered.

    Each application counts with the hours of the rota that answered for it.
    """
    result = []
    for tier in Tier:
        counted = [(row, int(row.tiers.get(str(tier.value), 0))) for row in found.rows]
        meant = sum(row.meant_seconds * number for row, number in counted)
        covered = sum(row.covered_seconds * number for row, number in counted)
        result.append((tier, sum(number for _, number in counted), _share(covered, meant)))
    return result


def tiers_at(rota: Rota, at: datetime) -> dict[str, int]:
    """Return how many applications of each tier a rota answers for at an instant."""
    covers = covers_at(at)
    applications = Application.objects.filter(Q(retired_at=None) | Q(retired_at__gt=at))
    if rota.is_central:
        applications = applications.exclude(pk__in=covers.values("application"))
    else:
        applications = applications.filter(pk__in=covers.filter(rota=rota).values("application"))
    counted = applications.order_by().values_list("tier").annotate(number=Count("pk"))
    return {str(tier): number for tier, number in counted}


def uncounted(*, now: datetime, settled: timedelta) -> Iterator[tuple[Rota, date]]:
    """Yield rotas with the month that is over, where it is not counted or may have changed."""
    rotas = Rota.objects.select_related("team", "calendar").filter(
        Q(retired_at=None) | Q(retired_at__gt=now - timedelta(days=62))
    )
    months = {
        (row.rota_id, row.month): row.computed_at
        for row in DutyMonth.objects.filter(month__gte=now.date() - timedelta(days=70))
    }
    for rota in rotas:
        month = last_month(now, rota.zone)
        counted = months.get((rota.pk, month))
        is_fresh = counted is not None and (
            counted > now - timedelta(days=1) or counted.date() > month + settled * 3
        )
        if not is_fresh:
            yield rota, month


def last_month(now: datetime, zone: str) -> date:
    """Return the month that is over by the clocks of a zone."""
    return _before(label(now, ZoneInfo(zone)).date().replace(day=1), 1)


def _before(month: date, number: int) -> date:
    years, zero_based = divmod(month.year * 12 + month.month - 1 - number, 12)
    return date(years, zero_based + 1, 1)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
