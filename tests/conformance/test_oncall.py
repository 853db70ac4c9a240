"""The arithmetic of rotas held to the packs of on-call cases.

The packs lie beside the project in `shared/conformance` and in every folder that the environment
variable `CONFORMANCE_EXTRA` lists; each is read where it lies. Held to them are the clock, the
rotations, the windows, the schedules of layers and overrides, records, swaps, temporary schedules,
templates, cover, escalation, load, rest, pay and calendars. What we decide against on purpose is in
`exceptions.toml`.
"""

import json
import os
import tomllib
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from oncall.adapters.ical import read
from oncall.rota import (
    Layer,
    Mark,
    Override,
    OverrideKind,
    Rota,
    Rotation,
    Shift,
    Span,
    Unit,
    coverage,
    gaps,
    instant,
    label,
    loads,
    remembered,
    resolve,
    rested,
    rests,
    runs,
)
from oncall.rota.escalation import on_call
from oncall.rota.pay import CallOut, Duty, Part, Rate, Tariff, paid
from oncall.rota.spans import joined
from oncall.rota.template import Block, Template
from oncall.rota.temporary import cut
from tests.conformance.oncall import (
    BEGINNING,
    DISTANT,
    at,
    calendar_of,
    days_of,
    out_of_hours,
    policy_of,
    rota_of,
    rotation_of,
    seconds,
    shift_of,
    temporary_of,
    to_the_minute,
    told,
    window_of,
    windows_of,
    zone_of,
)

BESIDE = Path(__file__).parents[3] / "shared" / "conformance"
EXTRA = [Path(path) for path in os.environ.get("CONFORMANCE_EXTRA", "").split(os.pathsep) if path]
EXCEPTIONS = tomllib.loads(Path(__file__).with_name("exceptions.toml").read_text())["oncall"]
INSTANT, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
WHOLE = Span(datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
ABSENT = pytest.mark.skip(reason="no on-call cases in ../shared/conformance or CONFORMANCE_EXTRA")


def cases(kind):
    """Return a parameter per case of that kind, or one that is skipped where there are no packs."""
    found = []
    for number, root in enumerate([BESIDE, *EXTRA]):
        for file in sorted((root / "oncall").glob("*.json")):
            for case in json.loads(file.read_text())["cases"]:
                if case["kind"] == kind:
                    name = f"extra{number}/{case['id']}" if number else case["id"]
                    found.append(pytest.param(case, id=name))
    return found or [pytest.param(None, id="absent", marks=ABSENT)]


def definitions():
    """Return the definitions of all cases by id: some cases are told by those of others."""
    return {
        case["id"]: case.get("definition")
        for root in [BESIDE, *EXTRA]
        for file in sorted((root / "oncall").glob("*.json"))
        for case in json.loads(file.read_text())["cases"]
    }


DEFINITIONS = definitions()


@pytest.mark.parametrize("case", cases("wall-clock-label"))
def test_a_label_is_the_expected_instant(case):
    definition = case["definition"]
    found = instant(
        datetime.fromisoformat(definition["label"]),
        zone_of(definition),
        last=definition.get("occurrence") == "last",
    )
    assert told(found) == case["expected"]["instant"]


@pytest.mark.parametrize("case", cases("wall-clock-add"))
def test_hours_of_the_clock_are_added_as_expected(case):
    definition = case["definition"]
    hours = timedelta(hours=definition["add_clock_hours"])
    label = datetime.fromisoformat(definition["label"]) + hours
    assert told(instant(label, zone_of(definition))) == case["expected"]["instant"]


@pytest.mark.parametrize("case", cases("wall-clock-difference"))
def test_two_labels_are_as_far_apart_as_expected(case):
    definition = case["definition"]
    start, end = (
        datetime.fromisoformat(definition[name]) for name in ("start_local", "end_local")
    )
    zone = zone_of(definition)
    assert Span(instant(start, zone), instant(end, zone)).hours == case["expected"]["real_hours"]


@pytest.mark.parametrize("case", cases("rotation-handoffs"))
def test_hand_offs_are_as_expected(case):
    definition, window = case["definition"], window_of(case)
    rotation = rotation_of(definition["rotation"], zone_of(definition))
    # The packs count a hand-off at the very end of the window in.
    turns = list(rotation.turns(Span(window.start, window.end + INSTANT)))
    borders = [told(turn.span.start) for turn in turns] + [told(turns[-1].span.end)]
    assert borders == case["expected"]["handoffs"]
    found, expected = [], []
    for shift in case["expected"].get("shifts", ()):
        number = rotation.number_at(at(shift["start"]))
        span = Span(rotation.handoff(number), rotation.handoff(number + 1))
        found.append((number, told(span.start), told(span.end), span.hours))
        expected.append(tuple(shift[name] for name in ("turn", "start", "end", "hours")))
    if "turn" in EXCEPTIONS.get(case["id"], {}).get("differs", ()):
        assert found != expected
        found, expected = ([shift[1:] for shift in shifts] for shifts in (found, expected))
    assert found == expected


@pytest.mark.parametrize("case", cases("rotation-shift"))
def test_a_turn_is_as_long_as_expected(case):
    definition = case["definition"]
    rotation = rotation_of(definition["rotation"], zone_of(definition))
    for shift in case["expected"]["shifts"]:
        probe = at(case["probe"]["at"]) if "probe" in case else at(shift["start"])
        number = rotation.number_at(probe)
        assert number == shift["turn"]
        assert told(rotation.handoff(number)) == shift["start"]
        assert told(rotation.handoff(number + 1)) == shift["end"]
        if "users" in shift:
            groups = definition["participants"]
            assert groups[number % len(groups)] == shift["users"]


@pytest.mark.parametrize("case", cases("rotation-probe"))
def test_a_turn_begins_and_ends_when_expected(case):
    definition = case["definition"]
    rotation = rotation_of(definition["rotation"], zone_of(definition))
    number = rotation.number_at(at(case["probe"]["at"]))
    found = {
        "shift_start": told(rotation.handoff(number)),
        "shift_end": told(rotation.handoff(number + 1)),
    }
    assert found.items() >= case["expected"].items()


@pytest.mark.parametrize("case", cases("restriction"))
def test_windows_are_open_as_expected(case):
    definition, expected = case["definition"], case["expected"]
    windows = windows_of(definition["restriction"], zone_of(definition))
    for probe in expected.get("active_at", ()):
        moment = at(probe["at"])
        found = windows.spans(Span(moment, moment + INSTANT))
        assert bool(found) == probe["active"], probe
    for name, border in (("start", 0), ("end", 1)):
        for probe in expected.get(f"current_or_next_{name}", ()):
            moment = at(probe["at"])
            spans = windows.spans(Span(moment - DISTANT, moment + DISTANT))
            assert told(next(span for span in spans if span.end > moment)[border]) == probe[name]
    if "windows" in expected:
        found = [(told(one.start), told(one.end)) for one in windows.spans(window_of(case))]
        assert found == [(each["start"], each["end"]) for each in expected["windows"]]


@pytest.mark.parametrize("case", cases("ooh-windows"))
def test_out_of_hours_is_as_expected(case):
    definition = case["definition"]
    found = out_of_hours(definition, zone_of(definition)).spans(window_of(case))
    assert [(told(one.start), told(one.end), one.hours) for one in found] == [
        (block["start"], block["end"], block["hours"]) for block in case["expected"]["blocks"]
    ]


@pytest.mark.parametrize("case", cases("schedule"))
def test_a_schedule_puts_the_expected_people_on_call(case):
    window = window_of(case)
    found = resolve(rota_of(case["definition"]), *window)
    if "runs" in case["expected"]:
        assert [
            (told(one.start), told(one.end), [*one.people]) for one in runs(found, *window)
        ] == [(run["start"], run["end"], run["users"]) for run in case["expected"]["runs"]]
    else:
        assert [(told(one.start), told(one.end), one.person) for one in found] == sorted(
            (shift["start"], shift["end"], person)
            for shift in case["expected"]["shifts"]
            for person in shift["users"]
        )
    if "gaps" in case["expected"]:
        assert [(told(one.start), told(one.end)) for one in gaps(found, [window])] == [
            (gap["start"], gap["end"]) for gap in case["expected"]["gaps"]
        ]


@pytest.mark.parametrize("case", cases("on-call-at"))
def test_the_expected_people_are_on_call_at_an_instant(case):
    rota, expected = rota_of(case["definition"]), case["expected"]
    differs = EXCEPTIONS.get(case["id"], {}).get("differs", ())
    for probe in expected["on_call_at"]:
        moment = at(probe["at"])
        found = resolve(rota, moment, moment + INSTANT)
        people = sorted(shift.person for shift in found)
        assert (people != sorted(probe["users"])) == ("on_call_at" in differs), probe
    if "handoffs" in differs:
        (layer,) = rota.layers
        clamped = case["alternatives"]["clamp_to_anchor_day"]
        assert [told(layer.rotation.handoff(number)) for number in range(len(clamped))] == clamped


@pytest.mark.parametrize("case", cases("rotation-with-days"))
def test_turns_on_some_days_of_the_week_are_as_expected(case):
    definition = DEFINITIONS[case["definition"].get("see", case["id"])]
    rota, expected = rota_of(definition), case["expected"]
    start = instant(
        datetime.fromisoformat(definition["rotation"]["start_local"]), zone_of(definition)
    )
    if "window" in case:
        start, end = window_of(case)
    elif "until" in definition:
        end = at(definition["until"])
    else:
        end = max(at(shift["end"]) for shift in expected["shifts"])
    found = resolve(rota, start - DISTANT if "window" not in case else start, end)
    people = defaultdict(list)
    for shift in found:
        people[shift.span].append(shift.person)
    if "shifts" in expected:
        assert [(told(span.start), told(span.end), who) for span, who in people.items()] == [
            (shift["start"], shift["end"], shift["users"]) for shift in expected["shifts"]
        ]
    if "by_day" in expected:
        zone = zone_of(definition)
        by_day = {
            label(span.start, zone).date().isoformat(): "".join(who)
            for span, who in people.items()
        }
        assert by_day == expected["by_day"]
    if "user_sequence" in expected:
        assert [one for who in people.values() for one in who] == expected["user_sequence"]


@pytest.mark.parametrize("case", cases("rest-check"))
def test_rest_is_as_long_as_expected(case):
    definition = case["definition"]
    work, calls = (
        [Span(at(each["start"]), at(each["end"])) for each in definition[name]]
        for name in ("work", "callouts")
    )
    found = [
        {
            "after": told(rest.after),
            "next_start": told(rest.next_start),
            "longest_uninterrupted_rest_hours": rest.longest / timedelta(hours=1),
            "meets_11h": rest.is_enough,
            "earliest_next_start_for_11h_after_last_callout": rest.next_start_advised
            and told(rest.next_start_advised),
        }
        for rest in rests(work, calls)
    ]
    assert found == case["expected"]["checks"]


@pytest.mark.parametrize("case", cases("fairness-and-coverage"))
def test_cover_is_counted_once_where_shifts_overlap(case):
    start = at(case["window"]["start"])
    period = Span(start, start + timedelta(days=case["window"]["days"]))
    shifts = [
        Shift(at(shift["start"]), at(shift["end"]), person)
        for shift in case["definition"]["shifts"]
        for person in shift["users"]
    ]
    expected = case["expected"]["recommended"]
    found = coverage(shifts, period)
    assert found.gap_hours == expected["union_gap_hours"]
    assert found.share * 100 == pytest.approx(expected["union_covered_percent"], abs=0.01)


@pytest.mark.parametrize("case", cases("rota-health"))
def test_the_load_of_a_rota_is_judged_as_expected(case):
    definition, expected = case["definition"], case["expected"]
    start, count = datetime(2026, 1, 5, tzinfo=UTC), definition["people"]
    weekly = Rotation(Unit.WEEK, 1, datetime(2026, 1, 5), ZoneInfo("UTC"))  # noqa: DTZ001
    people = tuple((f"person-{number}",) for number in range(count))
    rota = Rota(
        tuple(
            Layer(people, weekly, role=role, ahead=ahead)
            for ahead, role in enumerate(definition["roles"])
        )
    )
    period = Span(start, start + timedelta(weeks=count))
    shifts = resolve(rota, *period)
    primary = [shift for shift in shifts if shift.role == "primary"]
    for some, share in ((shifts, "share_any_role_percent"), (primary, "share_primary_percent")):
        for load in loads(some, period).values():
            assert round(load.share * 100, 2) == expected[share]
    (mark,) = {load.mark for load in loads(shifts, period).values()}
    assert (mark is not Mark.TOO_MUCH) == expected["below_hard_limit"]
    assert (mark in {Mark.IDEAL, Mark.LIGHT}) == expected["within_ideal"]
    assert (mark is Mark.LIGHT) == expected["within_sre_25"]


def by_person(shifts):
    """Return when each person is on call: who wants to swap a part has not split the shift yet."""
    people = {shift.person for shift in shifts}
    return {name: joined(one.span for one in shifts if one.person == name) for name in people}


@pytest.mark.parametrize("case", cases("shift-swap"))
def test_a_swap_counts_once_somebody_took_it(case):
    found = resolve(rota_of(case["definition"]), *window_of(case))
    assert by_person(found) == by_person(
        [
            Shift(at(shift["start"]), at(shift["end"]), person)
            for shift in case["expected"]["shifts"]
            for person in shift["users"]
        ]
    )


@pytest.mark.parametrize("case", cases("override-edit"))
def test_an_override_takes_its_part_of_each_shift(case):
    definition = case["definition"]
    shifts = [shift_of(shift) for shift in definition["shifts"]]
    override = Override(
        OverrideKind.REPLACE,
        seconds(definition["override"]),
        add=definition["override"]["user"],
        remove=shifts[0].person,
    )
    layers = tuple(
        Layer(((shift.person,),), starts=shift.start, ends=shift.end) for shift in shifts
    )
    found = resolve(Rota(layers, (override,)), BEGINNING - DISTANT, BEGINNING + DISTANT)
    assert found == [shift_of(shift) for shift in case["expected"]["shifts"]]


@pytest.mark.parametrize("case", cases("suggest-cover"))
def test_who_has_the_most_air_around_a_slot_is_suggested(case):
    definition = case["definition"]
    shifts = [shift_of(shift) for shift in definition["shifts"]]
    found = rested(definition["roster"], shifts, seconds(definition["slot"]))
    assert found[0] == case["expected"]["user"]


@pytest.mark.parametrize("case", cases("schedule-with-history"))
def test_the_record_says_who_was_on_call_and_the_schedule_who_will_be(case):
    window, now = window_of(case), at(case["now"])
    recorded = [
        # That record is of the minute in which its engine looked.
        Shift(to_the_minute(one["start"]), to_the_minute(one.get("end", case["now"])), one["user"])
        for one in case["history"]
    ]
    resolved = resolve(rota_of(case["definition"]), now, window.end)
    found = [
        (told(shift.start), told(min(shift.end, window.end)), [shift.person])
        for shift in remembered(recorded, resolved, now)
        if not (shift.span & window).is_empty
    ]
    assert found == [
        (shift["start"], shift["end"], shift["users"]) for shift in case["expected"]["shifts"]
    ]


@pytest.mark.parametrize("case", cases("temporary-schedule-edit"))
def test_a_temporary_schedule_is_edited_as_expected(case):
    given = [temporary_of(schedule) for schedule in case["input"]]
    operation = case["operation"]
    assert operation["op"] == "delete_range"
    found = cut(given, Span(at(operation["start"]), at(operation["end"])))
    assert found == [temporary_of(schedule) for schedule in case["expected"]]


@pytest.mark.parametrize("case", cases("weekly-template"))
def test_a_template_puts_the_blocks_of_each_turn_where_expected(case):
    definition, expected = case["definition"], case["expected"]
    template = Template(
        tuple(
            Block(
                timedelta(seconds=event["offset_seconds"]),
                timedelta(seconds=event["duration_seconds"]),
            )
            for event in definition["events"]
        ),
        zone_of(definition),
    )
    assert template.weeks == definition["period_weeks"]
    now, planned = at(case["now_utc"]), None
    if definition["last_scheduled_epoch_local"]:
        local, zone = definition["last_scheduled_epoch_local"].split()
        planned = instant(datetime.fromisoformat(local), ZoneInfo(zone))
    until = now + timedelta(days=definition["auto_populate_days"])
    sundays = list(template.sundays(now, until, planned))
    assert len(sundays) == expected["epochs"]
    assert f"{sundays[0]}T00:00" == expected["first_epoch_local"]
    assert [
        [(told(one.start), told(one.end)) for one in template.turn_of(sunday)]
        for sunday in sundays
    ] == [[(shift["start"], shift["end"]) for shift in turn] for turn in expected["shifts"]]


@pytest.mark.parametrize("case", cases("escalation-on-call"))
def test_a_policy_reaches_the_expected_people(case):
    definition, moment = case["definition"], at(case["probe"]["at"])
    policy, rotas = policy_of(definition["escalation_policy"])
    shifts = {name: resolve(rota, moment, moment + INSTANT) for name, rota in rotas.items()}
    found = [
        {"service": service, "step": step, "user": person}
        for service in definition["services"]
        for step, person in on_call(policy, shifts, moment)
    ]
    assert found == case["expected"]["assignments"]


@pytest.mark.parametrize("case", cases("compensation-day-rate"))
def test_pay_by_the_day_rate_is_as_expected(case):
    definition, expected = case["definition"], case["expected"]
    day_rate = Decimal(definition["base_salary"]) / 230
    shifts, holidays = days_of(definition)
    period = Span(BEGINNING, BEGINNING + DISTANT)
    worked = Span(BEGINNING, BEGINNING + timedelta(hours=definition["hours_worked"]))
    for part, name in ((Part.PRO_RATA, "standby_pro_rata"), (Part.NONE, "standby_whole_blocks")):
        standby = Rate("standby", Duty.STANDBY, day_rate * 15 / 100, timedelta(hours=8), part)
        callout = Rate("call-out", Duty.CALLED_OUT, day_rate / 8, part=Part.NONE)
        tariff = Tariff(ZoneInfo("UTC"), (standby, callout), holidays)
        calls = [CallOut("A", worked)]
        lines = {line.duty: line for line in paid(tariff, shifts, calls, period)}
        assert float(tariff.money(day_rate)) == expected["day_rate"]
        assert lines[Duty.STANDBY].hours == expected["on_call_hours"]
        assert float(lines[Duty.STANDBY].amount) == expected[name]
        amount = lines[Duty.CALLED_OUT].amount if Duty.CALLED_OUT in lines else 0
        assert float(amount) == expected["callout"]


@pytest.mark.parametrize("case", cases("ical-import"))
def test_a_calendar_says_what_is_expected(case):
    definition, expected = case["definition"], case["expected"]
    zone = zone_of(definition)
    window = window_of(case) if "window" in case else WHOLE
    reading = read(calendar_of(definition), window, ZoneInfo("UTC"))
    assert reading.troubles == []
    differs = EXCEPTIONS.get(case["id"], {}).get("differs", ())
    found = [
        (told(event.start), told(event.end), event.summary)
        for event in reading.events
        if not event.is_all_day
    ]
    shifts = expected.get("shifts", ())
    if "shifts" in expected:
        assert found == [
            (shift["start"], shift["end"], *shift["users"])
            for shift in shifts
            if not shift["all_day"]
        ]
    days = [
        (label(event.start, zone), label(event.end, zone), event.summary)
        for event in reading.events
        if event.is_all_day
    ]
    assert bool(days) == ("all_day" in differs)
    if days:
        # There told by the days of UTC and to their last second.
        assert days == [
            (
                at(shift["start"]).replace(tzinfo=None),
                (at(shift["end"]) + SECOND).replace(tzinfo=None),
                *shift["users"],
            )
            for shift in shifts
            if shift["all_day"]
        ]
    for probe in expected.get("on_call_at", ()):
        moment = at(probe["at"])
        people = [event.summary for event in reading.events if event.start <= moment < event.end]
        assert sorted(people) == sorted(probe["users"]), probe
