"""How evenly being on call is spread over people, always over the union of their time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.adapters.hours import duty_calendars
from oncall.models import CallOut, DutyRole, Gap, Leave, Rota, Shift
from oncall.rota import Load, Span, Weekly, instant, label, loads
from oncall.rota import Shift as Stretch
from oncall.rota.spans import common, joined
from oncall.selectors.duty import shifts_of_rotas
from portal.accounts.models import User

EVERY_DAY = frozenset(range(1, 8))
SATURDAY = 6
DAY = timedelta(days=1)
NIGHT = (time(23), time(6))
WEEKENDS_AHEAD = timedelta(days=90)
MOST_SUGGESTIONS = 4


@dataclass(frozen=True, slots=True)
class Share:
    """What a person carries: of all hours, nights, weekends and holidays that anybody covers."""

    person: User
    whole: Load
    nights: Load
    weekends: Load
    holidays: Load
    callouts: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """That somebody who carries little could take a weekend on which nobody is on call."""

    gap: Gap
    person: User
    share: float


@dataclass(frozen=True, slots=True)
class Fairness:
    """How evenly some rotas are carried in a period."""

    period: Span
    people: Sequence[Share]
    # Where the people are, with the share of the hours that is carried there.
    zones: Sequence[tuple[str, float]]
    suggestions: Sequence[Suggestion] = ()

    @property
    def heaviest(self) -> Share | None:
        """Who carries the most."""
        return max(self.people, key=lambda one: one.whole.share, default=None)


@dataclass(frozen=True, slots=True)
class _Hours:
    """Hours that are listed, as windows."""

    listed: tuple[Span, ...]

    def spans(self, within: Span) -> Sequence[Span]:
        return joined(span & within for span in self.listed)


def fairness(rotas: Sequence[Rota], period: Span, zone: ZoneInfo) -> Fairness:
    """Return who carries how much of what some rotas cover in a period; shadows carry nothing."""
    shifts = [one for one in shifts_of_rotas(rotas, period) if one.role != DutyRole.SHADOW]
    people = {one.person_id: one.person for one in shifts}
    stretches = [
        Stretch(one.starts_at, one.ends_at, str(one.person_id), one.role) for one in shifts
    ]
    covered = joined(Span(one.start, one.end) & period for one in stretches)
    nights = Weekly(EVERY_DAY, *NIGHT, zone).spans(period)
    weekends = Weekly(frozenset({SATURDAY}), time(0), time(0), zone, 2).spans(period)
    whole, at_night, at_weekends, on_holidays = (
        loads(stretches, period, _Hours(tuple(some)))
        for some in (
            covered,
            common(covered, nights),
            common(covered, weekends),
            common(covered, _holidays(rotas, period, zone)),
        )
    )
    called = _called(rotas, period)
    found = [
        Share(
            person,
            whole[str(pk)],
            at_night[str(pk)],
            at_weekends[str(pk)],
            on_holidays[str(pk)],
            called[pk],
        )
        for pk, person in people.items()
    ]
    found.sort(key=lambda one: (-one.whole.share, one.person.name))
    return Fairness(period, found, _zones(found))


def with_suggestions(found: Fairness, rotas: Sequence[Rota], *, now: datetime) -> Fairness:
    """Return it with who should take the next weekends on which nobody is on call."""
    gaps = list(
        Gap.objects.filter(
            rota__in=rotas,
            accepted_at=None,
            ends_at__gt=now,
            starts_at__lt=now + WEEKENDS_AHEAD,
        )
        .select_related("rota")
        .order_by("starts_at", "pk")[:100]
    )
    free = [gap for gap in gaps if _is_weekend(gap)][:MOST_SUGGESTIONS]
    away = _away([one.person for one in found.people], free)
    lightest = sorted(found.people, key=lambda one: (one.weekends.share, one.whole.share))
    given: Counter[int] = Counter()
    suggestions = []
    for gap in free:
        able = [one for one in lightest if (one.person.pk, gap.pk) not in away]
        if able:
            chosen = min(able, key=lambda one: given[one.person.pk])
            given[chosen.person.pk] += 1
            suggestions.append(Suggestion(gap, chosen.person, chosen.weekends.share))
    return Fairness(found.period, found.people, found.zones, suggestions)


def _called(rotas: Iterable[Rota], period: Span) -> Counter[int]:
    rows = CallOut.objects.filter(
        rota__in=list(rotas),
        struck_at=None,
        starts_at__lt=period.end,
        starts_at__gte=period.start,
    )
    return Counter(rows.values_list("person", flat=True))


def _holidays(rotas: Sequence[Rota], period: Span, zone: ZoneInfo) -> list[Span]:
    days = {day for one in duty_calendars(rotas).values() for day in one.paid}
    spans = (
        Span(*(instant(datetime.combine(one, time(0)), zone) for one in (day, day + DAY))) & period
        for day in days
    )
    return joined(spans)


def _zones(people: Iterable[Share]) -> list[tuple[str, float]]:
    hours: dict[str, float] = defaultdict(float)
    for one in people:
        hours[one.person.zone] += one.whole.hours
    whole = sum(hours.values())
    ordered = sorted(hours.items(), key=lambda item: -item[1])
    return [(zone, some / whole) for zone, some in ordered] if whole else []


def _is_weekend(gap: Gap) -> bool:
    zone = ZoneInfo(gap.rota.zone)
    span = Span(gap.starts_at, gap.ends_at)
    return bool(Weekly(frozenset({SATURDAY}), time(0), time(0), zone, 2).spans(span))


def _away(people: Iterable[User], gaps: Sequence[Gap]) -> set[tuple[int, int]]:
    """Return who is on leave during which gap, or on call elsewhere, as ids."""
    if not gaps:
        return set()
    start, end = min(gap.starts_at for gap in gaps), max(gap.ends_at for gap in gaps)
    ids = [person.pk for person in people]
    near = {"person__in": ids, "starts_at__lt": end, "ends_at__gt": start}
    columns = ("person", "starts_at", "ends_at")
    taken = [
        *Leave.objects.filter(cancelled_at=None, **near).values_list(*columns),
        *Shift.objects.filter(**near).values_list(*columns),
    ]
    return {
        (person, gap.pk)
        for person, since, until in taken
        for gap in gaps
        if since < gap.ends_at and until > gap.starts_at
    }


def days_of(period: Span, zone: ZoneInfo) -> tuple[str, str]:
    """Return the first and the last day of a period, by the clocks of a zone."""
    first, last = label(period.start, zone), label(period.end - timedelta(seconds=1), zone)
    return first.date().isoformat(), last.date().isoformat()
