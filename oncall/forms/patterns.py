"""Rotas as most teams have them, to begin with; each fills the form, and everything can be changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.forms.typed import Typed, TypedLayer, blank_layer
from oncall.forms.week import WEEK, window_line
from oncall.models import Hours
from oncall.rota import instant, label
from portal.catalogue.models import Team

DAY = timedelta(days=1)
MONDAY, FRIDAY = 1, 5
# Where companies that follow the sun have people, from east to west.
SUNRISES = ("Asia/Kolkata", "Europe/London", "America/New_York")
NEAR = timedelta(hours=3)
OPENS = time(8)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A usual rota: its name, what it is like, and what it writes into the form."""

    key: str
    label: str
    words: str
    fill: Callable[[Typed, Team, date], None]


def _weekly(typed: Typed, team: Team, today: date) -> None:
    typed.values["hours"] = Hours.OUT_OF_HOURS
    _two_roles(typed, team, today, Hours.OUT_OF_HOURS)


def _always(typed: Typed, team: Team, today: date) -> None:
    typed.values["hours"] = Hours.ALWAYS
    _two_roles(typed, team, today, Hours.ALWAYS)


def _two_roles(typed: Typed, team: Team, today: date, hours: Hours) -> None:
    begins = {
        "begins_on": _next(MONDAY, today).isoformat(),
        "handoff_at": f"{team.workday_starts_at:%H:%M}",
        "hours": hours.value,
    }
    typed.layers = [
        TypedLayer(blank_layer(name="Primary", **begins)),
        TypedLayer(
            blank_layer(name="Secondary", role="secondary", ahead="1", same="on", **begins)
        ),
    ]


def _sun(typed: Typed, team: Team, today: date) -> None:
    typed.values["hours"] = Hours.ALWAYS
    typed.layers = [
        TypedLayer(
            blank_layer(
                name=zone.rpartition("/")[2].replace("_", " "),
                zone=zone,
                hours=Hours.WEEKLY,
                priority=str(number),
                begins_on=_next(MONDAY, today).isoformat(),
                handoff_at=f"{OPENS:%H:%M}",
            )
        )
        for number, zone in enumerate(_zones(team.zone, today))
    ]
    fit_to_zones(typed, today)


def _nights(typed: Typed, team: Team, today: date) -> None:
    days = [day for day in _workdays(team) if day % WEEK + 1 in _workdays(team)]
    _written(
        typed,
        "Weekday nights",
        [{"days": days, **_off(team)}],
        begins_on=_next(days[0] if days else MONDAY, today),
        handoff_at=team.workday_ends_at,
    )


def _weekends(typed: Typed, team: Team, today: date) -> None:
    work = _workdays(team)
    last = [day for day in work if day % WEEK + 1 not in work]
    windows = [{"days": [day], **_off(team), "days_later": _until_work(day, work)} for day in last]
    _written(
        typed,
        "Weekends",
        windows,
        begins_on=_next(last[0] if last else FRIDAY, today),
        handoff_at=team.workday_ends_at,
    )


def _blank(typed: Typed, team: Team, today: date) -> None:
    typed.values["hours"] = Hours.OUT_OF_HOURS
    typed.layers = [
        TypedLayer(
            blank_layer(
                name="Primary",
                hours=Hours.OUT_OF_HOURS,
                begins_on=_next(MONDAY, today).isoformat(),
                handoff_at=f"{team.workday_starts_at:%H:%M}",
            )
        )
    ]


PATTERNS: Mapping[str, Pattern] = {
    one.key: one
    for one in (
        Pattern(
            "weekly",
            "Out of hours, week by week",
            "A primary and a secondary outside working hours; next week's primary is this week's"
            " secondary.",
            _weekly,
        ),
        Pattern(
            "sun",
            "Follow the sun",
            "Two or three places, each with people of its own in their day. Nobody is up at night.",
            _sun,
        ),
        Pattern("nights", "Weekday nights", "From evening to morning, on working days.", _nights),
        Pattern("weekends", "Weekends", "From the last evening of work to the first morning.", _weekends),
        Pattern(
            "always",
            "Around the clock",
            "A primary and a secondary at every hour, week by week.",
            _always,
        ),
        Pattern("blank", "Blank", "One layer, to write yourself.", _blank),
    )
}  # fmt: skip


def fill(typed: Typed, key: str, team: Team, today: date) -> None:
    """Write a usual rota into the form; who takes turns already goes on doing so."""
    pattern = PATTERNS.get(key)
    if pattern is None:
        return
    people = typed.layers[0].people if typed.layers else []
    pattern.fill(typed, team, today)
    typed.values["template"] = key
    typed.layers[0].people = people


def fit_to_zones(typed: Typed, today: date) -> None:
    """Let each layer cover from its morning until the morning of the next zone to the west.

    Where clocks change on different days, the longer span is taken: an overlap, never a gap.
    """
    zones = [_zone(layer.values["zone"]) for layer in typed.layers]
    for number, (layer, zone) in enumerate(zip(typed.layers, zones, strict=True)):
        following = zones[(number + 1) % len(zones)]
        if zone and following:
            layer.values["windows"] = _day_of(zone, following, today)


def _day_of(zone: ZoneInfo, following: ZoneInfo, today: date) -> str:
    longest = timedelta()
    for step in range(366):
        day = today + step * DAY
        opens = datetime.combine(day, OPENS)
        begins = instant(opens, zone)
        until = instant(opens, following)
        if until <= begins:
            until = instant(opens + DAY, following)
        longest = max(longest, label(until, zone) - opens)
    closes = (datetime.combine(today, OPENS) + longest).time()
    days = list(range(1, WEEK + 1))
    return window_line({"days": days, "opens": f"{OPENS:%H:%M}", "closes": f"{closes:%H:%M}"})


def _zones(own: str, today: date) -> list[str]:
    """Return the team's zone and those far enough from it, from east to west."""
    noon = datetime.combine(today, time(12))
    here = instant(noon, ZoneInfo(own))
    others = [
        zone
        for zone in SUNRISES
        if zone != own and abs(instant(noon, ZoneInfo(zone)) - here) > NEAR
    ]
    return sorted([own, *others], key=lambda zone: instant(noon, ZoneInfo(zone)))


def _written(
    typed: Typed,
    name: str,
    windows: Sequence[Mapping[str, object]],
    *,
    begins_on: date,
    handoff_at: time,
) -> None:
    typed.values["hours"] = Hours.WEEKLY
    typed.layers = [
        TypedLayer(
            blank_layer(
                name=name,
                hours=Hours.WEEKLY,
                windows="\n".join(window_line(window) for window in windows if window["days"]),
                begins_on=begins_on.isoformat(),
                handoff_at=f"{handoff_at:%H:%M}",
            )
        )
    ]


def _off(team: Team) -> dict[str, str]:
    return {"opens": f"{team.workday_ends_at:%H:%M}", "closes": f"{team.workday_starts_at:%H:%M}"}


def _workdays(team: Team) -> list[int]:
    return sorted(team.workdays) or list(range(MONDAY, FRIDAY + 1))


def _until_work(day: int, work: Sequence[int]) -> int:
    return next(later for later in range(1, WEEK + 1) if (day - 1 + later) % WEEK + 1 in work)


def _next(weekday: int, today: date) -> date:
    """Return the next day of the week after today."""
    return today + ((weekday - today.isoweekday() - 1) % WEEK + 1) * DAY


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, LookupError):
        return None
