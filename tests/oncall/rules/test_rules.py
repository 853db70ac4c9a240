"""The rules of rest and load: what breaks each, what just does not, and what a change makes worse."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from oncall.rota import OutOfHours, Span
from oncall.rules import BY_KEY, RULES, Duty, Limit, Record, Severity, consequences, judge
from oncall.rules.catalogue import Rule

LONDON = ZoneInfo("Europe/London")
HERE, THERE = 1, 2


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def duty(start, end, role="primary", rota=HERE):
    return Duty(at(start), at(end), role, rota, "Nights" if rota == HERE else "Days")


def record(*duties, **values):
    known = frozenset({HERE, THERE})
    given = {"knows": known, "stood": known, **values}
    return Record(person=1, name="Bob", zone=LONDON, duties=tuple(sorted(duties)), **given)


def nights(first, count, month=3):
    """Return nights from 18:00 to 09:00, one after the other."""
    start = at(f"2026-{month:02}-{first:02} 18:00")
    day = timedelta(days=1)
    return [
        Duty(start + number * day, start + number * day + timedelta(hours=15), "primary", HERE,
             "Nights")
        for number in range(count)
    ]  # fmt: skip


MARCH = Span(at("2026-03-01 00:00"), at("2026-04-01 00:00"))


def broken(one, within=MARCH, **limits):
    return {finding.rule.key: finding for finding in judge(one, limits, within)}


def test_each_rule_says_why_from_where_and_what_counts():
    assert len(BY_KEY) == len(RULES) == 13
    for rule in RULES:
        assert isinstance(rule, Rule)
        assert rule.why.endswith(".")
        assert rule.source
        assert rule.counts.endswith(".")
        if rule.shipped.threshold is not None:
            assert rule.bounds[0] <= rule.shipped.threshold <= rule.bounds[1]


def test_nobody_without_shifts_breaks_a_rule():
    assert judge(record(), {}, MARCH) == []


@pytest.mark.parametrize(
    ("days", "key"),
    [(7, None), (8, "share-quarter"), (10, "share-ideal"), (16, "share-most")],
)
def test_of_the_shares_of_a_month_the_highest_mark_is_told(days, key):
    one = record(duty("2026-03-02 00:00", f"2026-03-{2 + days:02} 00:00"))
    assert {found for found in broken(one) if found.startswith("share")} == ({key} - {None})


def test_the_words_of_a_share_say_how_much_of_which_month_and_why():
    one = record(duty("2026-03-02 00:00", "2026-03-20 00:00"))
    found = broken(one)["share-most"]
    assert found.words == "Bob is on call 58 % of March; above 50 % nobody is rested."
    assert found.severity is Severity.REFUSE
    planned = record().changed(comes=one.duties)
    assert "Bob would be on call 58 %" in broken(planned)["share-most"].words


def test_hours_in_two_rotas_at_once_count_once_for_the_share():
    one = record(
        duty("2026-03-02 00:00", "2026-03-08 00:00"),
        duty("2026-03-02 00:00", "2026-03-08 00:00", rota=THERE),
    )
    assert not [key for key in broken(one) if key.startswith("share")]


def test_a_company_sets_other_limits():
    one = record(duty("2026-03-02 00:00", "2026-03-08 00:00"))
    stricter = {"share-most": Limit(10, Severity.WARN)}
    (found,) = judge(one, stricter, MARCH)
    assert (found.rule.key, found.severity) == ("share-most", Severity.WARN)


@pytest.mark.parametrize(("count", "is_broken"), [(7, False), (8, True)])
def test_nights_in_a_row_as_primary(count, is_broken):
    found = broken(record(*nights(2, count)))
    assert ("nights-in-a-row" in found) == is_broken
    if is_broken:
        assert found["nights-in-a-row"].value == count


def test_a_night_of_less_than_three_hours_is_none():
    late = duty("2026-03-09 18:00", "2026-03-10 01:30")
    assert "nights-in-a-row" not in broken(record(*nights(2, 7), late))


def test_nights_as_secondary_are_no_nights_as_primary():
    some = [one._replace(role="secondary") for one in nights(2, 12)]
    assert "nights-in-a-row" not in broken(record(*some))


@pytest.mark.parametrize(("count", "is_broken"), [(14, False), (15, True)])
def test_no_day_off_for_too_long(count, is_broken):
    # The last of 14 nights ends 13 days and 15 hours after the first began.
    some = [one._replace(role="secondary") for one in nights(2, count)]
    assert ("without-a-day-off" in broken(record(*some))) == is_broken


def test_a_free_day_begins_the_count_anew():
    some = [one._replace(role="secondary") for one in (*nights(2, 8), *nights(11, 8))]
    assert "without-a-day-off" not in broken(record(*some))


def test_turns_need_time_between_them():
    found = broken(record(*nights(2, 3), *nights(6, 3)))["between-turns"]
    assert "33 hours between the turns" in found.words
    assert "between-turns" not in broken(record(*nights(2, 3), *nights(7, 3)))


CALL = Span(at("2026-03-04 02:00"), at("2026-03-04 04:10"))
WORK = OutOfHours(frozenset({1, 2, 3, 4, 5}), time(9), time(17), LONDON)


def test_after_a_call_out_at_night_work_begins_later():
    found = broken(record(*nights(3, 1), callouts=(CALL,), rest=WORK))["daily-rest"]
    assert "called out until 4 Mar, 04:10" in found.words
    assert "the next start is 4 Mar, 15:10, not 4 Mar, 09:00" in found.words


def test_a_call_out_in_the_evening_leaves_rest_enough():
    evening = Span(at("2026-03-03 20:00"), at("2026-03-03 21:00"))
    assert "daily-rest" not in broken(record(callouts=(evening,), rest=WORK))


def test_after_a_call_out_the_next_shift_waits_too():
    morning = duty("2026-03-04 09:00", "2026-03-04 17:00", rota=THERE)
    found = broken(record(*nights(3, 1), morning, callouts=(CALL,)))
    # It goes on without a break, so nothing starts; half an hour later it does.
    assert "daily-rest" not in found
    later = duty("2026-03-04 09:30", "2026-03-04 17:00", rota=THERE)
    assert "daily-rest" in broken(record(*nights(3, 1), later, callouts=(CALL,)))


@pytest.mark.parametrize(("calls", "is_broken"), [(2, False), (3, True)])
def test_incidents_in_one_shift(calls, is_broken):
    hour = timedelta(hours=1)
    some = tuple(
        Span(
            at("2026-03-03 19:00") + number * 2 * hour, at("2026-03-03 20:00") + number * 2 * hour
        )
        for number in range(calls)
    )
    assert ("incidents-per-shift" in broken(record(*nights(3, 1), callouts=some))) == is_broken


def test_long_weeks_unless_the_opt_out_is_signed():
    hours = timedelta(hours=10)
    calls = tuple(
        Span(at("2026-02-01 18:00") + timedelta(days=day), at("2026-02-01 18:00")
             + timedelta(days=day) + hours)
        for day in range(56)
    )  # fmt: skip
    one = record(callouts=calls, rest=WORK)
    found = broken(one)["weekly-hours"]
    assert found.value == pytest.approx(40 + 560 / 17, abs=1)
    assert "weekly-hours" not in broken(record(callouts=calls, rest=WORK, has_opted_out=True))


def test_who_has_never_been_there_shadows_first_and_is_paired():
    found = broken(record(*nights(3, 2), knows=frozenset(), stood=frozenset()))
    assert "never been on call in Nights" in found["shadow-first"].words
    assert "nobody stands behind them" in found["first-timers-paired"].words


def test_who_shadowed_is_still_paired_the_first_time():
    behind = (duty("2026-03-03 18:00", "2026-03-04 09:00", "secondary"),)
    alone = broken(record(*nights(3, 1), stood=frozenset()))
    assert "shadow-first" not in alone
    assert "first-timers-paired" in alone
    together = broken(record(*nights(3, 1), stood=frozenset(), beside=behind))
    assert "first-timers-paired" not in together


def test_one_person_in_two_roles_of_one_rota_is_refused():
    one = record(*nights(3, 1), duty("2026-03-04 00:00", "2026-03-04 09:00", "secondary"))
    found = broken(one)["second-person"]
    assert found.severity is Severity.REFUSE
    assert "nobody would stand behind" in found.words


def test_two_rotas_at_once_are_warned_of_but_not_as_a_shadow():
    other = duty("2026-03-04 00:00", "2026-03-04 05:00", rota=THERE)
    assert broken(record(*nights(3, 1), other))["one-rota-at-a-time"].severity is Severity.WARN
    shadow = other._replace(role="shadow")
    assert "one-rota-at-a-time" not in broken(record(*nights(3, 1), shadow))


def test_a_change_is_not_blamed_for_what_was_broken_before():
    before = record(duty("2026-03-02 00:00", "2026-03-20 00:00"))
    same = before.changed()
    assert consequences(before, same, {}, MARCH) == []
    worse = before.changed(comes=[duty("2026-03-21 00:00", "2026-03-22 00:00")])
    assert "share-most" in {one.rule.key for one in consequences(before, worse, {}, MARCH)}
    better = before.changed(goes=[duty("2026-03-02 00:00", "2026-03-03 00:00")])
    assert consequences(before, better, {}, MARCH) == []


def test_the_gravest_comes_first():
    one = record(*nights(2, 9), duty("2026-03-04 00:00", "2026-03-04 09:00", "secondary"))
    severities = [list(Severity).index(found.severity) for found in judge(one, {}, MARCH)]
    assert severities == sorted(severities)
    assert len(severities) > 1


def test_only_hours_of_the_same_role_and_rota_go():
    one = record(*nights(3, 1))
    assert one.changed(goes=[duty("2026-03-03 18:00", "2026-03-04 09:00", "secondary")]).duties
    assert not one.changed(goes=[duty("2026-03-03 18:00", "2026-03-04 09:00")]).duties
