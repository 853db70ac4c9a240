"""Pay: each hour once, by the first rate that fits it, to the penny."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.rota import Shift, Span
from oncall.rota.pay import CallOut, Day, Duty, Holiday, Part, Per, Rate, Tariff, paid, total
from oncall.rota.spans import joined

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DECEMBER = Span(datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
BOXING_DAY = (Holiday(date(2026, 12, 26), is_observed_elsewhere=True), Holiday(date(2026, 12, 28)))
FLAT = Rate("flat", Duty.STANDBY, Decimal(3))
BY_DAY = tuple(
    Rate(day.value, Duty.STANDBY, amount, days=frozenset({day}))
    for day, amount in (
        (Day.WEEKDAY, Decimal(2)),
        (Day.WEEKEND, Decimal(3)),
        (Day.HOLIDAY, Decimal(5)),
    )
)


def at(day, hour=0, month=12):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def shift(start, hours, person="A", role="primary"):
    return Shift(start, start + hours * HOUR, person, role)


def amounts(tariff, shifts, callouts=(), period=DECEMBER):
    return [
        (line.person, line.rate.name if line.rate else None, line.hours, line.amount)
        for line in paid(tariff, shifts, callouts, period)
    ]


def test_hours_are_paid_by_the_kind_of_day_and_an_observed_holiday_not_twice():
    tariff = Tariff(LONDON, BY_DAY, BOXING_DAY)
    friday_evening_to_tuesday_morning = shift(at(25, 18), 87)
    assert amounts(tariff, [friday_evening_to_tuesday_morning]) == [
        ("A", "weekday", 6 + 9, Decimal("30.00")),
        ("A", "weekend", 48, Decimal("144.00")),
        ("A", "holiday", 24, Decimal("120.00")),
    ]


def test_a_holiday_at_the_weekend_that_is_observed_nowhere_else_is_a_holiday():
    tariff = Tariff(LONDON, BY_DAY, (Holiday(date(2026, 12, 26)),))
    assert amounts(tariff, [shift(at(26), 24)]) == [("A", "holiday", 24, Decimal("120.00"))]


@pytest.mark.parametrize(("start", "hours"), [((28, 22, 3), 9), ((24, 21, 10), 11)])
def test_the_night_of_a_changed_clock_pays_its_real_hours(start, hours):
    day, hour, month = start
    # From 22:00 until 08:00 by the clocks of London.
    night = Shift(at(day, hour, month), at(day + 1, 7 if month == 3 else 8, month), "A")
    period = Span(at(1, month=1), DECEMBER.end)
    (line,) = paid(Tariff(LONDON, (FLAT,)), [night], [], period)
    assert (line.hours, line.amount) == (hours, 3 * hours)


@pytest.mark.parametrize(
    ("part", "per", "units"),
    [
        (Part.NONE, Per.PERIOD, 3),
        (Part.WHOLE, Per.PERIOD, 4),
        (Part.PRO_RATA, Per.PERIOD, Decimal("3.5")),
        (Part.NONE, Per.STRETCH, 2),
        (Part.WHOLE, Per.STRETCH, 5),
        (Part.PRO_RATA, Per.STRETCH, Decimal("3.5")),
    ],
)
def test_a_part_of_a_block_counts_as_the_rate_says(part, per, units):
    rate = Rate("blocks", Duty.STANDBY, Decimal(10), 8 * HOUR, part, per)
    shifts = [shift(at(1), 12), shift(at(2), 12), shift(at(3), 4)]
    (line,) = paid(Tariff(LONDON, (rate,)), shifts, [], DECEMBER)
    assert (line.units, line.amount) == (units, units * 10)


def test_who_is_on_call_twice_at_once_is_paid_once_by_the_first_rate_that_fits():
    rates = (
        Rate("primary", Duty.STANDBY, Decimal(2), roles=frozenset({"primary"})),
        Rate("others", Duty.STANDBY, Decimal(1)),
    )
    shifts = [shift(at(1), 12), shift(at(1), 12), shift(at(1, 6), 12, role="secondary")]
    assert amounts(Tariff(LONDON, rates), shifts) == [
        ("A", "primary", 12, 24),
        ("A", "others", 6, 6),
    ]


CALLED = Rate("called", Duty.CALLED_OUT, Decimal(20), part=Part.WHOLE)
CALLED_AT_WEEKENDS = Rate(
    "called at the weekend",
    Duty.CALLED_OUT,
    Decimal(20),
    multiplier=Decimal("1.5"),
    days=frozenset({Day.WEEKEND, Day.HOLIDAY}),
)


@pytest.mark.parametrize(("is_instead", "standby"), [(False, 12), (True, 10)])
def test_being_called_out_is_paid_on_top_or_instead(is_instead, standby):
    tariff = Tariff(LONDON, (FLAT, CALLED), is_instead=is_instead)
    call = CallOut("A", Span(at(1, 2), at(1, 4)))
    assert amounts(tariff, [shift(at(1), 12)], [call, call]) == [
        ("A", "flat", standby, 3 * standby),
        ("A", "called", 2, 40),
    ]


def test_a_call_out_from_sunday_into_monday_is_paid_by_both_days():
    tariff = Tariff(LONDON, (CALLED_AT_WEEKENDS, CALLED))
    call = CallOut("B", Span(at(6, 23), at(7, 0) + timedelta(minutes=30)))
    assert amounts(tariff, [], [call]) == [
        ("B", "called at the weekend", 1, 30),
        ("B", "called", Decimal("0.5"), 20),
    ]


def test_hours_that_no_rate_fits_are_seen_and_paid_nothing():
    weekdays = Tariff(LONDON, BY_DAY[:1])
    assert amounts(weekdays, [shift(at(4, 18), 12)]) == [
        ("A", "weekday", 6, 12),
        ("A", None, 6, 0),
    ]


def test_only_what_lies_in_the_period_is_paid_and_months_add_up():
    tariff = Tariff(LONDON, (FLAT,))
    january = Span(DECEMBER.end, DECEMBER.end + 31 * DAY)
    over_new_year = [shift(at(31, 12), 24)]
    assert [
        amounts(tariff, over_new_year, period=month)[0][2] for month in (DECEMBER, january)
    ] == [
        12,
        12,
    ]


@pytest.mark.parametrize(("rounding", "amount"), [(None, "0.12"), (ROUND_HALF_UP, "0.13")])
def test_money_is_rounded_as_the_tariff_says(rounding, amount):
    rate = Rate("eighth", Duty.STANDBY, Decimal("0.125"))
    tariff = Tariff(LONDON, (rate,), **({"rounding": rounding} if rounding else {}))
    (line,) = paid(tariff, [shift(at(1), 1)], [], DECEMBER)
    assert line.amount == Decimal(amount)


def test_a_line_says_where_it_comes_from_and_a_total_is_the_sum_of_lines():
    tariff = Tariff(LONDON, BY_DAY, BOXING_DAY)
    lines = paid(tariff, [shift(at(24, 18), 48), shift(at(1), 1, "B")], [], DECEMBER)
    assert lines[0].stretches == (Span(at(24, 18), at(26, 0)),)
    assert lines[1].stretches == (Span(at(26, 0), at(26, 18)),)
    assert total(lines) == {"A": Decimal(30 * 2 + 18 * 3), "B": Decimal(2)}


hours_of_december = st.integers(0, 31 * 24)
shifts = st.lists(
    st.builds(
        lambda begins, lasts, person, role: shift(at(1) + begins * HOUR, lasts, person, role),
        hours_of_december,
        st.integers(1, 100),
        st.sampled_from("AB"),
        st.sampled_from(["primary", "secondary"]),
    ),
    max_size=8,
)
rates = st.lists(
    st.builds(
        Rate,
        st.text(max_size=3),
        st.just(Duty.STANDBY),
        st.decimals(0, 100, places=2),
        st.sampled_from([HOUR, 8 * HOUR, DAY]),
        st.sampled_from(Part),
        st.sampled_from(Per),
        st.sampled_from([Decimal(1), Decimal("1.5")]),
        st.frozensets(st.sampled_from(Day)),
        st.frozensets(st.sampled_from(["primary", "secondary"])),
    ),
    max_size=4,
).map(tuple)


@settings(deadline=None)
@given(shifts, rates)
def test_every_hour_on_call_is_in_exactly_one_line(some, asked):
    lines = paid(Tariff(LONDON, asked, BOXING_DAY), some, [], DECEMBER)
    for person in "AB":
        stretches = [
            stretch for line in lines if line.person == person for stretch in line.stretches
        ]
        on_call = joined(each.span & DECEMBER for each in some if each.person == person)
        assert joined(stretches) == on_call
        assert sum(one.hours for one in stretches) == sum(one.hours for one in on_call)


WRONG = {
    "a block of nothing": (
        lambda: Rate("", Duty.STANDBY, Decimal(1), timedelta(0)),
        "at least one",
    ),
    "a block of parts of a second": (
        lambda: Rate("", Duty.STANDBY, Decimal(1), timedelta(milliseconds=1500)),
        "whole seconds",
    ),
    "an amount below nothing": (lambda: Rate("", Duty.STANDBY, Decimal(-1)), "Nobody pays"),
    "a call-out of a role": (
        lambda: Rate("", Duty.CALLED_OUT, Decimal(1), roles=frozenset({"primary"})),
        "whichever role",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_rate_without_a_meaning_is_refused(name):
    build, told = WRONG[name]
    with pytest.raises(ValueError, match=told):
        build()
