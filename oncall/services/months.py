"""Cover and load of months that are over, counted once from what is frozen."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from oncall.adapters.definitions import plan_of
from oncall.adapters.hours import duty_calendar
from oncall.adapters.reports import month_span
from oncall.models import CallOut, DutyMonth, DutyRole, Rota, Shift
from oncall.rota import Span, Weekly, rests
from oncall.rota.spans import common, joined
from oncall.selectors.fairness import EVERY_DAY, NIGHT, fairness
from oncall.selectors.months import tiers_at, uncounted
from oncall.selectors.work import AROUND, working_days
from oncall.services.shifts import FREEZE_AFTER

# Late call-outs still come for so long; until then the month is counted again.
SETTLED = timedelta(days=14)
MORNING_AFTER = timedelta(hours=12)


def count_months(*, now: datetime) -> int:
    """Count the month that is over for every rota that needs it; return how many."""
    return sum(_count(rota, month, now) for rota, month in uncounted(now=now, settled=SETTLED))


@transaction.atomic
def _count(rota: Rota, month: date, now: datetime) -> bool:
    zone = ZoneInfo(rota.zone)
    period = month_span(month, zone)
    if now < period.end + FREEZE_AFTER:
        return False
    covered = plan_of(rota, since=period.start).covered(period)
    meant = joined(covered.get(DutyRole.PRIMARY, ()))
    shifts = list(
        Shift.objects.filter(rota=rota, starts_at__lt=period.end, ends_at__gt=period.start)
        .exclude(role=DutyRole.SHADOW)
        .order_by("starts_at")
    )
    begun = rota.created_at < period.end
    if not (shifts or (begun and meant)):
        return False
    primaries = joined(
        Span(one.starts_at, one.ends_at) for one in shifts if one.role == DutyRole.PRIMARY
    )
    calls = list(
        CallOut.objects.filter(
            rota=rota,
            struck_at=None,
            starts_at__lt=period.end + MORNING_AFTER,
            starts_at__gte=period.start,
        )
    )
    # A night is of the month in which it begins.
    until_morning = Span(period.start, period.end + MORNING_AFTER)
    nights = [
        night
        for night in Weekly(EVERY_DAY, *NIGHT, zone).spans(until_morning)
        if period.start < night.start < period.end
    ]
    on_call = joined(Span(one.starts_at, one.ends_at) for one in shifts)
    worked = joined(Span(one.starts_at, one.ends_at) for one in calls)
    calls = [one for one in calls if one.starts_at < period.end]
    heaviest = fairness([rota], period, zone).heaviest
    DutyMonth.objects.update_or_create(
        rota=rota,
        month=month,
        defaults={
            "meant_seconds": _seconds(meant),
            "covered_seconds": _seconds(common(meant, primaries)),
            "shifts": len(shifts),
            "callouts": len(calls),
            "nights": sum(bool(list(common([night], on_call))) for night in nights),
            "nights_interrupted": sum(bool(list(common([night], worked))) for night in nights),
            "rest_breaches": _breaches(rota, calls),
            "heaviest": heaviest.person if heaviest else None,
            "heaviest_share": heaviest.whole.share if heaviest else None,
            "tiers": tiers_at(rota, period.end),
            "computed_at": now,
        },
    )
    return True


def _breaches(rota: Rota, calls: list[CallOut]) -> int:
    """Return after how many call-outs too little rest was left before the next working day."""
    if not calls:
        return 0
    people: dict[int, list[Span]] = {}
    for one in calls:
        people.setdefault(one.person_id, []).append(Span(one.starts_at, one.ends_at))
    around = Span(
        min(one.starts_at for one in calls) - AROUND, max(one.ends_at for one in calls) + AROUND
    )
    days = working_days(duty_calendar(rota), around)
    return sum(
        rest.next_start_advised is not None and not rest.is_enough
        for spans in people.values()
        for rest in rests(days, spans)
    )


def _seconds(spans: Iterable[Span]) -> int:
    return int(sum((span.end - span.start).total_seconds() for span in spans))
