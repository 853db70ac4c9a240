"""One check per rule: what of a record breaks it in a period, and in which words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta
from functools import partial
from itertools import combinations, pairwise
from typing import NamedTuple

from oncall.rota import PRIMARY
from oncall.rota.spans import Span, common, joined, without
from oncall.rota.windows import Weekly
from oncall.rules import catalogue as rules
from oncall.rules.records import SECONDARY, SHADOW, Duty, Record
from portal.core.wall_clock import instant, label

EVERY_DAY = frozenset(range(1, 8))
# Night time, and who works in it, as regulation 2 of the Working Time Regulations has it.
NIGHT_BEGINS, NIGHT_ENDS, NIGHT_WORK = time(23), time(6), timedelta(hours=3)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
WEEKS = 17
LATELY = 4 * WEEK
# How far around a period its turns are looked at: longer than any sensible run of them.
AROUND = timedelta(days=35)


class Breach(NamedTuple):
    """That a rule is broken: by what measure, when, and in words."""

    value: float
    span: Span
    words: str


Check = Callable[[Record, float, Span], Iterable[Breach]]


def daily_rest(record: Record, threshold: float, within: Span) -> Iterator[Breach]:
    """Yield the starts of work or of a shift too soon after a call-out at night."""
    needed = timedelta(hours=threshold)
    around = Span(within.start - needed, within.end + needed)
    starts = sorted({span.start for span in (*record.work(around), *record.held())})
    calls = [call for call in joined(record.callouts) if _nights(record, call)]
    for call, following in zip(calls, (*calls[1:], None), strict=False):
        advised = call.end + needed
        start = next((one for one in starts if call.end <= one < advised), None)
        if start is None or (following and following.start <= start):
            continue
        spoiled = Span(start, advised)
        if not (spoiled & within).is_empty:
            words = (
                f"{record.name} was called out until {_when(record, call.end)}: after"
                f" {threshold:g} hours of rest the next start is {_when(record, advised)}, not"
                f" {_when(record, start)}."
            )
            yield Breach(spoiled.hours, spoiled, words)


def share(so: str, record: Record, threshold: float, within: Span) -> Iterator[Breach]:
    """Yield the months of which a person is on call for more than a share."""
    for month in _months(record, within):
        percent = 100 * _share(record, month)
        if percent > threshold:
            name = label(month.start, record.zone).strftime("%B")
            words = f"{_would_be(record)} on call {percent:.0f} % of {name}; above {threshold:g} % {so}."
            yield Breach(percent, month, words)


def incidents(record: Record, threshold: float, within: Span) -> Iterator[Breach]:
    """Yield the shifts with more call-outs than can be learned from."""
    lately = Span(within.start - LATELY, within.end)
    for duty in record.duties:
        calls = [call for call in record.callouts if duty.start <= call.start < duty.end]
        if len(calls) > threshold and not (duty.span & lately).is_empty:
            words = (
                f"{record.name} was called out {len(calls)} times in the shift of"
                f" {_when(record, duty.start)}; above {threshold:g} nothing is learned from them."
            )
            yield Breach(len(calls), duty.span, words)


def weekly_hours(record: Record, threshold: float, within: Span) -> Iterator[Breach]:
    """Yield that the weeks before the end of a period were too long, on average."""
    period = Span(within.end - WEEKS * WEEK, within.end)
    if record.has_opted_out or not record.callouts:
        return
    worked = joined([*record.work(period), *(call & period for call in record.callouts)])
    hours = sum(span.hours for span in worked) / WEEKS
    if hours > threshold:
        words = (
            f"{record.name} works {hours:.0f} hours a week on average over {WEEKS} weeks, call-outs"
            f" counted; the limit is {threshold:g} without an opt-out."
        )
        yield Breach(hours, period, words)


def nights_in_row(record: Record, threshold: float, within: Span) -> Iterator[Breach]:
    """Yield the runs of nights as primary that are too long."""
    held = record.held(PRIMARY)
    around = Span(within.start - AROUND, within.end + AROUND)
    run: list[Span] = []
    for night in [*_nights(record, around), None]:
        if night and _length(common(held, [night])) >= NIGHT_WORK:
            run.append(night)
            continue
        whole = Span(run[0].start, run[-1].end) if run else None
        if whole and len(run) > threshold and not (whole & within).is_empty:
            words = (
                f"{_would_be(record)} primary for {len(run)} nights in a row from"
                f" {_day(record, whole.start)}; {threshold:g} are the most."
            )
            yield Breach(len(run), whole, words)
        run = []


def day_off(record: Record, threshold: float, within: Span) -> Iterator[Breach]:
    """Yield the stretches on call that are too long without a free day."""
    for stretch in _stretches(record.held(), DAY):
        days = stretch.hours / 24
        if days > threshold and not (stretch & within).is_empty:
            words = (
                f"{_would_be(record)} without a day off for {days:.0f} days from"
                f" {_day(record, stretch.start)}; {threshold:g} are the most."
            )
            yield Breach(days, stretch, words)


def between_turns(record: Record, threshold: float, within: Span) -> Iterator[Breach]:
    """Yield the turns as primary that follow too soon on the one before."""
    for before, after in pairwise(_stretches(record.held(PRIMARY), DAY)):
        pause = Span(before.end, after.start)
        if pause.hours < threshold and not (Span(before.start, after.end) & within).is_empty:
            words = (
                f"{record.name} has {pause.hours:.0f} hours between the turns that end"
                f" {_when(record, pause.start)} and begin {_when(record, pause.end)};"
                f" {threshold:g} are the least."
            )
            # The shorter the pause, the worse: measured by what is missing.
            yield Breach(threshold - pause.hours, pause, words)


def shadow_first(record: Record, _threshold: float, within: Span) -> Iterator[Breach]:
    """Yield the first shift as primary of who does not know the rota."""
    for duty in _first_as_primary(record, within):
        if duty.rota not in record.knows:
            words = (
                f"{record.name} has never been on call in {duty.name}, not even as a shadow, and"
                f" would answer first from {_when(record, duty.start)}."
            )
            yield Breach(1, duty.span, words)


def paired(record: Record, _threshold: float, within: Span) -> Iterator[Breach]:
    """Yield the first shift as primary that nobody else stands behind."""
    for duty in _first_as_primary(record, within):
        behind = joined(
            one.span for one in record.beside if one.role == SECONDARY and one.rota == duty.rota
        )
        alone = without([duty.span & within], behind)
        if alone:
            words = (
                f"{record.name} answers first in {duty.name} for the first time, and nobody stands"
                f" behind them from {_when(record, alone[0].start)}."
            )
            yield Breach(_length(alone) / timedelta(hours=1), duty.span, words)


def second_person(record: Record, _threshold: float, within: Span) -> Iterator[Breach]:
    """Yield the hours in which one person has two roles of one rota."""
    for one, other, both in _together(record, within):
        if one.rota == other.rota:
            words = (
                f"{record.name} is {one.role} and {other.role} of {one.name} at once from"
                f" {_when(record, both.start)}: nobody would stand behind."
                if one.role != other.role
                else f"{record.name} is {one.role} of {one.name} already at"
                f" {_when(record, both.start)}."
            )
            yield Breach(both.hours, both, words)


def one_rota(record: Record, _threshold: float, within: Span) -> Iterator[Breach]:
    """Yield the hours in which a person is on call in two rotas."""
    for one, other, both in _together(record, within):
        if one.rota != other.rota:
            words = (
                f"{_would_be(record)} on call in {one.name} and in {other.name} at once from"
                f" {_when(record, both.start)}."
            )
            yield Breach(both.hours, both, words)


def month_share(record: Record, within: Span) -> float:
    """Return the highest share of a month touched that a person is on call, from 0 to 1."""
    return max(_share(record, month) for month in _months(record, within))


CHECKS: Mapping[str, Check] = {
    rules.DAILY_REST: daily_rest,
    rules.SHARE_QUARTER: partial(share, "work on anything else suffers"),
    rules.SHARE_IDEAL: partial(share, "people live around their shifts"),
    rules.SHARE_MOST: partial(share, "nobody is rested"),
    rules.INCIDENTS: incidents,
    rules.WEEKLY_HOURS: weekly_hours,
    rules.NIGHTS_IN_ROW: nights_in_row,
    rules.DAY_OFF: day_off,
    rules.BETWEEN_TURNS: between_turns,
    rules.SHADOW_FIRST: shadow_first,
    rules.PAIRED: paired,
    rules.SECOND_PERSON: second_person,
    rules.ONE_ROTA: one_rota,
}


def _first_as_primary(record: Record, within: Span) -> Iterator[Duty]:
    """Yield the earliest shift as primary in each rota in which the person never was one."""
    seen = set(record.stood)
    for duty in record.duties:
        if duty.role == PRIMARY and duty.rota not in seen:
            seen.add(duty.rota)
            if not (duty.span & within).is_empty:
                yield duty


def _together(record: Record, within: Span) -> Iterator[tuple[Duty, Duty, Span]]:
    """Yield the duties of a period that overlap, two by two, and when; shadows do not count."""
    held = [
        duty for duty in record.duties if duty.role != SHADOW and not (duty.span & within).is_empty
    ]
    for one, other in combinations(held, 2):
        both = one.span & other.span & within
        if not both.is_empty:
            yield one, other, both


def _stretches(spans: Iterable[Span], pause: timedelta) -> list[Span]:
    """Return spans as those that are at least a pause apart."""
    found: list[Span] = []
    for span in spans:
        if found and span.start - found[-1].end < pause:
            found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return found


def _nights(record: Record, within: Span) -> list[Span]:
    """Return the nights that a span touches, whole."""
    nights = Weekly(EVERY_DAY, NIGHT_BEGINS, NIGHT_ENDS, record.zone)
    day = label(within.start, record.zone).date() - DAY
    found = []
    while (night := nights.on(day)).start < within.end:
        if not (night & within).is_empty:
            found.append(night)
        day += DAY
    return found


def _months(record: Record, within: Span) -> Iterator[Span]:
    """Yield the calendar months that a span touches, by the person's clocks."""
    first = label(within.start, record.zone).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    while (start := instant(first, record.zone)) < within.end:
        following = (first + timedelta(days=32)).replace(day=1)
        yield Span(start, instant(following, record.zone))
        first = following


def _share(record: Record, month: Span) -> float:
    return sum(span.hours for span in common(record.held(), [month])) / month.hours


def _length(spans: Iterable[Span]) -> timedelta:
    return sum((span.end - span.start for span in spans), timedelta(0))


def _would_be(record: Record) -> str:
    return f"{record.name} {'would be' if record.is_supposed else 'is'}"


def _when(record: Record, at: datetime) -> str:
    there = label(at, record.zone)
    return f"{there.day} {there:%b, %H:%M}"


def _day(record: Record, at: datetime) -> str:
    there = label(at, record.zone)
    return f"{there.day} {there:%B}"
