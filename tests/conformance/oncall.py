"""Cases of on-call packs in the terms of `oncall.rota`."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.rota import (
    Layer,
    Opening,
    OutOfHours,
    Override,
    OverrideKind,
    Rota,
    Rotation,
    Several,
    Shift,
    Span,
    Unit,
    Weekly,
    instant,
)
from oncall.rota.escalation import OnCall, Person, Policy, Step
from oncall.rota.pay import Holiday
from oncall.rota.temporary import Temporary

DAYS = {name: day for day, name in enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], 1)}
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
DISTANT = timedelta(days=30)


def at(text):
    """Read an instant."""
    return datetime.fromisoformat(text).astimezone(UTC)


def to_the_minute(text):
    """Read an instant without its seconds."""
    return at(text).replace(second=0, microsecond=0)


def told(moment):
    """Write an instant as the packs do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zone_of(definition, default="UTC"):
    return ZoneInfo(definition.get("time_zone", default))


def window_of(case):
    return Span(at(case["window"]["start"]), at(case["window"]["end"]))


def rotation_of(told_, zone):
    return Rotation(
        Unit(told_["unit"]), told_["length"], datetime.fromisoformat(told_["start_local"]), zone
    )


def out_of_hours(definition, zone):
    hours = definition["working_hours"]
    return OutOfHours(
        frozenset(DAYS[day] for day in hours["days"]),
        time.fromisoformat(hours["start_of_day"]),
        time.fromisoformat(hours["end_of_day"]),
        zone,
        frozenset(date.fromisoformat(day) for day in definition.get("holidays", ())),
    )


def windows_of(told_, zone):
    if told_.get("only") == "out-of-hours":
        return out_of_hours(told_, zone)
    if "blocks" in told_:
        return Several(
            tuple(
                Weekly(
                    frozenset({DAYS[block["from_day"]]}),
                    time.fromisoformat(block["start_of_day"]),
                    time.fromisoformat(block["end_of_day"]),
                    zone,
                    (DAYS[block["to_day"]] - DAYS[block["from_day"]]) % 7,
                )
                for block in told_["blocks"]
            )
        )
    return Weekly(
        frozenset(DAYS[day] for day in told_["days"]),
        time.fromisoformat(told_["start_of_day"]),
        time.fromisoformat(told_["end_of_day"]),
        zone,
    )


def layer_of(told_, default):
    zone = zone_of(told_, default)
    groups = told_.get("participants") or [told_.get("users") or [told_["user"]]]
    windows = windows_of(told_["restriction"], zone) if "restriction" in told_ else None
    starts = at(told_["start"]) if "start" in told_ else None
    if "repeat" in told_:
        assert told_["repeat"] == "daily"
        assert starts
        closes = starts + timedelta(minutes=told_["minutes"])
        later = (closes.date() - starts.date()).days
        windows = Weekly(frozenset(range(1, 8)), starts.time(), closes.time(), zone, later)
    rotation = rotation_of(told_["rotation"], zone) if "rotation" in told_ else None
    ahead = 0
    if rotation and "anchor" in told_["rotation"]:
        anchor = told_["rotation"]["anchor"]
        ahead = rotation.ahead(anchor["turn"], at(anchor["at"]))
    return Layer(
        tuple(tuple([group] if isinstance(group, str) else group) for group in groups),
        rotation,
        windows,
        told_.get("priority", 0),
        starts=starts,
        ahead=ahead,
    )


def turns_of(definition):
    """Read a layer told by shifts: some hours of each turn, or of some days of each turn.

    Without a list of days a shift is the beginning of its turn. With one, turns of days are counted
    in those; turns of weeks and months begin with the week or month of the calendar, and every
    second week is a week of somebody and one of nobody.
    """
    zone, rotation = zone_of(definition), definition["rotation"]
    unit, length = Unit(rotation["unit"]), rotation["length"]
    first = start = datetime.fromisoformat(rotation["start_local"])
    groups = tuple(tuple(group) for group in definition["participants"])
    days = frozenset(DAYS[day] for day in definition.get("days") or ())
    counted = days if unit is Unit.DAY else frozenset()
    if days and unit is not Unit.DAY:
        groups = tuple(each for group in groups for each in (group, *[()] * (length - 1)))
        length, start = 1, datetime.combine(start, time(0))
        if unit is Unit.MONTH:
            start = start.replace(day=1)
        else:
            start -= timedelta(days=(start.isoweekday() - DAYS[rotation["week_start"]]) % 7)
    turns = Rotation(unit, length, start, zone, counted)
    if "start_of_day" in definition:
        windows = windows_of(definition, zone)
    else:
        lasts = timedelta(
            hours=definition.get("shift_hours", 0), minutes=definition.get("shift_minutes", 0)
        )
        closes = first + lasts
        later = (closes.date() - first.date()).days
        windows = (
            Weekly(days, first.time(), closes.time(), zone, later)
            if days
            else Opening(turns, lasts)
        )
    begins = definition.get("effective_from")
    return Layer(
        groups,
        turns,
        windows,
        starts=at(begins) if begins else instant(first, zone),
        ends=at(definition["until"]) if "until" in definition else None,
    )


def from_first_handoff(definition):
    """Read a layer told by its start and its first hand-off, before which the first group has it."""
    zone, rotation = zone_of(definition), definition["rotation"]
    first, starts = (
        datetime.fromisoformat(rotation[name]) for name in ("first_handoff", "layer_start")
    )
    turns = Rotation(Unit(rotation["unit"]), rotation["length"], first, zone)
    starts = instant(starts, zone)
    groups = tuple(tuple(group) for group in definition["participants"])
    return Layer(groups, turns, starts=starts, ahead=turns.ahead(0, starts))


def override_of(told_):
    span = Span(at(told_["start"]), at(told_["end"]))
    if "type" not in told_:
        return Override(OverrideKind.COVER, span, add=told_["user"])
    return Override(
        OverrideKind(told_["type"]), span, told_.get("add", ""), told_.get("remove", "")
    )


def swap_of(told_):
    return Override(
        OverrideKind.REPLACE,
        Span(at(told_["start"]), at(told_["end"])),
        add=told_["benefactor"],
        remove=told_["beneficiary"],
    )


def shift_of(told_):
    """Read a shift told in seconds."""
    span = seconds(told_)
    return Shift(span.start, span.end, told_["user"], told_.get("role", "primary"))


def seconds(told_):
    return Span(*(BEGINNING + timedelta(seconds=told_[name]) for name in ("start", "end")))


def rota_of(definition):
    zone = definition.get("time_zone", "UTC")
    if "first_handoff" in definition.get("rotation", ()):
        return Rota((from_first_handoff(definition),))
    if definition.keys() & {"shift_minutes", "shift_hours", "days"}:
        return Rota((turns_of(definition),))
    layers = definition.get("layers")
    if layers is None:
        layers = [definition] if definition["participants"] else []
    return Rota(
        tuple(layer_of(layer, zone) for layer in layers),
        (
            *(override_of(each) for each in definition.get("overrides", ())),
            *(
                swap_of(each)
                for each in definition.get("swap_requests", ())
                if each["status"] == "taken"
            ),
        ),
        is_union=definition.get("resolution") == "union",
    )


def temporary_of(told_):
    span = Span(at(told_["start"]), at(told_["end"]))
    shifts = (Shift(at(one["start"]), at(one["end"]), one["user"]) for one in told_["shifts"])
    return Temporary(span, tuple(shifts))


def policy_of(told_):
    """Read a policy, and the rotas that it names, by the names that we give them."""
    steps: list[Step] = []
    rotas: dict[str, Rota] = {}
    for step in told_["steps"]:
        targets: list[Person | OnCall] = []
        for target in step["targets"]:
            if target["type"] == "user":
                targets.append(Person(target["user"]))
            else:
                assert target["type"] == "schedule"
                name = f"rota {len(rotas)}"
                rotas[name] = rota_of(target["schedule"])
                targets.append(OnCall(name))
        assert step["step"] == len(steps)
        steps.append(Step(tuple(targets)))
    return Policy(tuple(steps)), rotas


def days_of(definition):
    """Return shifts of A on that many weekdays and other days, and the holidays among those."""
    shifts: list[Shift] = []
    holidays: list[Holiday] = []
    day = BEGINNING
    weekdays, others = definition["weekdays"], definition["weekend_or_bank_holiday_days"]
    while len(shifts) < weekdays + others:
        is_weekday = day.isoweekday() < 6
        hours = definition["hours_per_weekday"]
        if len(shifts) >= weekdays or not is_weekday:
            hours = definition["hours_per_weekend_or_bank_holiday"]
            holidays += [Holiday(day.date())] if is_weekday else []
        if len(shifts) >= weekdays or is_weekday:
            shifts.append(Shift(day, day + timedelta(hours=hours), "A"))
        day += timedelta(days=1)
    return shifts, tuple(holidays)


def calendar_of(definition):
    """Write the calendar that a case tells by its fields."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"X-WR-TIMEZONE:{definition['time_zone']}"]
    for event in definition["events"]:
        lines += ["BEGIN:VEVENT", f"UID:{event['uid']}", f"SUMMARY:{event['summary']}"]
        if event.get("all_day"):
            lines += [
                f"{name};VALUE=DATE:{event[key].replace('-', '')}"
                for name, key in (("DTSTART", "start"), ("DTEND", "end"))
            ]
        lines += [
            f"{name};TZID={definition['time_zone']}:{datetime.fromisoformat(event[key]):%Y%m%dT%H%M%S}"
            for name, key in (
                ("DTSTART", "start_local"),
                ("DTEND", "end_local"),
                ("RECURRENCE-ID", "recurrence_id_local"),
            )
            if key in event
        ]
        if "rrule" in event:
            lines.append(f"RRULE:{event['rrule']}")
        lines.append("END:VEVENT")
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()
