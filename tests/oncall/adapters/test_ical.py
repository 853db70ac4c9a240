"""Calendars of other programs: what is meant is read, what is not understood is said."""

from datetime import UTC, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from oncall.adapters.ical import LARGEST, read
from oncall.adapters.ical.events import MOST_EVENTS, MOST_TROUBLES
from oncall.rota import Span

LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)


def at(month, day, hour=0, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


YEAR = Span(at(1, 1), datetime(2027, 1, 1, tzinfo=UTC))


def calendar(*lines, break_="\r\n"):
    return break_.join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""]).encode()


def event(*lines):
    return ["BEGIN:VEVENT", "UID:1", "SUMMARY:Alice", *lines, "END:VEVENT"]


def times(*lines, within=YEAR, zone=LONDON):
    """Return when an event happens that nothing is wrong with."""
    reading = read(calendar(*event(*lines)), within, zone)
    assert reading.troubles == []
    return [(one.start, one.end) for one in reading.events]


def troubles(*lines):
    """Return what is said about an event that is left out."""
    reading = read(calendar(*event(*lines)), YEAR, LONDON)
    assert reading.events == []
    return [(trouble.line, trouble.words) for trouble in reading.troubles]


SUMMER = (at(6, 1, 8), at(6, 1, 9))


@pytest.mark.parametrize(
    "start",
    [
        "DTSTART:20260601T080000Z",
        "DTSTART:20260601T090000",
        "DTSTART:20260601T0900",
        "DTSTART;TZID=Europe/London:20260601T090000",
        'DTSTART;VALUE=DATE-TIME;TZID="europe/london":20260601T090000',
        "DTSTART;TZID=GMT Standard Time:20260601T090000",
        "DTSTART;TZID=/freeassociation.sourceforge.net/Tzfile/Europe/London:20260601T090000",
        "DTSTART;TZID=W. Europe Standard Time:20260601T100000",
        "dtstart;tzid=Asia/Kolkata:20260601T133000",
    ],
)
def test_a_time_is_read_by_whichever_clocks_it_names(start):
    assert times(start, "DURATION:PT1H") == [SUMMER]


def test_a_calendar_may_say_whose_clocks_are_meant_where_an_event_does_not():
    lines = event("DTSTART:20260601T133000", "DURATION:PT1H")
    reading = read(calendar("X-WR-TIMEZONE:Asia/Kolkata", *lines), YEAR, LONDON)
    assert (reading.zone.key, reading.events[0].start) == ("Asia/Kolkata", at(6, 1, 8))


def test_a_calendar_that_writes_all_in_utc_means_its_own_clocks_when_they_change():
    lines = event("DTSTART:20260328T220000Z", "DTEND:20260329T060000Z", "RRULE:FREQ=DAILY;COUNT=2")
    reading = read(calendar("X-WR-TIMEZONE:Europe/London", *lines), YEAR, ZoneInfo("UTC"))
    assert [(one.start, one.end) for one in reading.events] == [
        (at(3, 28, 22), at(3, 29, 6)),
        (at(3, 29, 21), at(3, 30, 6)),
    ]


OUTLOOK = """BEGIN:VTIMEZONE
TZID:(UTC+01:00) Amsterdam, Berlin, Bern
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE""".splitlines()
FIXED = """BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0300
TZOFFSETTO:+0300
END:STANDARD
END:VTIMEZONE""".splitlines()


@pytest.mark.parametrize("name", ["(UTC+01:00) Amsterdam, Berlin, Bern", "Customized Time Zone"])
def test_a_zone_that_outlook_made_up_is_known_by_its_rules(name):
    zone = [line.replace("(UTC+01:00) Amsterdam, Berlin, Bern", name) for line in OUTLOOK]
    lines = event(
        f"DTSTART;TZID={name}:20260328T090000",
        f"DTEND;TZID={name}:20260328T100000",
        "RRULE:FREQ=DAILY;COUNT=2",
    )
    reading = read(calendar(*zone, *lines), YEAR, LONDON)
    assert reading.troubles == []
    assert [one.start for one in reading.events] == [at(3, 28, 8), at(3, 29, 7)]


def test_a_zone_without_summer_time_is_known_by_its_offset():
    lines = event("DTSTART;TZID=Ours:20260601T110000", "DURATION:PT1H")
    reading = read(calendar(*FIXED, *lines), YEAR, LONDON)
    assert [(one.start, one.end) for one in reading.events] == [SUMMER]


def test_a_zone_that_nobody_knows_is_read_as_that_of_the_calendar_and_said_once():
    lines = event(
        "DTSTART;TZID=Mars/Olympus:20260601T090000", "DTEND;TZID=Mars/Olympus:20260601T100000"
    )
    reading = read(calendar(*lines), YEAR, LONDON)
    assert [(one.start, one.end) for one in reading.events] == [SUMMER]
    assert reading.troubles == [
        (6, "“Mars/Olympus” is no time zone that is known: read as Europe/London.")
    ]


def test_a_whole_day_is_one_of_the_clocks_of_the_calendar_whatever_its_length():
    days = ["DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260331"]
    assert times(*days) == [(at(3, 29), at(3, 30, 23))]
    assert times(days[0]) == [(at(3, 29), at(3, 29, 23))]
    assert times(days[0], "DURATION:P2D") == [(at(3, 29), at(3, 30, 23))]


@pytest.mark.parametrize(
    ("lasts", "end"),
    [
        ("PT15H", at(3, 29, 11)),  # exact
        ("P1D", at(3, 29, 19)),  # the same label on the next day
        ("P1DT1H", at(3, 29, 20)),
        ("P1W", at(4, 4, 19)),
        ("+PT90M", at(3, 28, 21, 30)),
    ],
)
def test_a_duration_of_hours_is_exact_and_one_of_days_is_of_labels(lasts, end):
    assert times("DTSTART:20260328T200000", f"DURATION:{lasts}") == [(at(3, 28, 20), end)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("0130", "0230", (at(3, 29, 1), at(3, 29, 1, 30))),
        ("0115", "0145", (at(3, 29, 1), at(3, 29, 1, 30))),  # both do not exist: half an hour
        ("0100", "0200", (at(3, 29, 1), at(3, 29, 2))),
    ],
)
def test_nothing_lasts_no_time_in_the_night_that_loses_an_hour(start, end, expected):
    found = times(
        f"DTSTART:20260328T{start}00", f"DTEND:20260328T{end}00", "RRULE:FREQ=DAILY;COUNT=2"
    )
    assert found[1] == expected


def test_what_recurs_keeps_its_hour_when_the_clocks_change():
    found = times("DTSTART:20260322T220000", "DTEND:20260323T060000", "RRULE:FREQ=WEEKLY;COUNT=2")
    assert found[1] == (at(3, 29, 21), at(3, 30, 5))


def test_an_occurrence_may_be_left_out_by_its_time_by_its_day_or_in_utc():
    daily = ["DTSTART:20260601T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=5"]
    left_out = [
        "EXDATE:20260602T090000",
        "EXDATE;VALUE=DATE:20260603",
        "EXDATE;TZID=Asia/Kolkata:20260604T133000,20260605T133100",
        "EXDATE:20260601T080000Z",
    ]
    assert times(*daily, *left_out) == [(at(6, 5, 8), at(6, 5, 9))]


def test_more_dates_may_be_told_one_by_one():
    found = times(
        "DTSTART:20260601T090000", "DURATION:PT1H", "RDATE:20260603T090000,20260605T090000Z"
    )
    assert [start for start, _ in found] == [at(6, 1, 8), at(6, 3, 8), at(6, 5, 9)]


DAILY = event("DTSTART:20260601T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")


def test_a_changed_occurrence_is_there_instead_and_a_cancelled_one_is_not():
    changed = event("RECURRENCE-ID:20260602T090000", "DTSTART:20260602T150000", "DURATION:PT1H")
    older = event(
        "RECURRENCE-ID:20260602T090000", "SEQUENCE:0", "DTSTART:20260602T170000", "DURATION:PT1H"
    )
    changed.insert(1, "SEQUENCE:1")
    cancelled = event(
        "RECURRENCE-ID:20260603T080000Z",
        "STATUS:CANCELLED",
        "DTSTART:20260603T090000",
        "DURATION:PT1H",
    )
    reading = read(calendar(*changed, *DAILY, *older, *cancelled), YEAR, LONDON)
    assert [one.start for one in reading.events] == [at(6, 1, 8), at(6, 2, 14)]


def test_of_an_event_that_is_there_twice_the_newer_counts():
    newer = event("SEQUENCE:3", "DTSTART:20260601T090000", "DURATION:PT1H")
    reading = read(calendar(*newer, *DAILY), YEAR, LONDON)
    assert [(one.start, one.end) for one in reading.events] == [SUMMER]


def test_an_alarm_inside_an_event_says_nothing_about_the_event():
    alarm = ["BEGIN:VALARM", "DURATION:PT5M", "SUMMARY:Wake up", "ACTION:DISPLAY", "END:VALARM"]
    reading = read(
        calendar(*event(*alarm, "DTSTART:20260601T090000", "DURATION:PT1H")), YEAR, LONDON
    )
    assert [(one.start, one.end, one.summary) for one in reading.events] == [(*SUMMER, "Alice")]


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r"])
def test_lines_may_be_folded_in_a_letter_or_broken_without_a_fold(break_):
    folded = "SUMMARY:Zo\u00eb and J\u00fcrgen".encode()
    inside = folded.index("\u00eb".encode()) + 1
    lines = calendar(
        "BEGIN:VEVENT",
        "@@",
        'ATTENDEE;CN="Doe; Jane: J":mailto:Jane@',
        "example.com",
        "DTSTART:20260601T090000",
        "DURATION:PT1H",
        "END:VEVENT",
        break_=break_,
    ).replace(b"@@", folded[:inside] + break_.encode() + b" " + folded[inside:])
    (found,) = read(b"\xef\xbb\xbf" + lines, YEAR, LONDON).events
    assert (found.summary, found.mails, found.uid) == (
        "Zoë and Jürgen",
        ("jane@example.com",),
        "line 3",
    )


def test_text_is_unescaped_and_letters_of_windows_are_read():
    data = calendar(*event("DTSTART:20260601T090000", "DURATION:PT1H")).replace(
        b"Alice", b"Caf\xe9\\, night\\nshift\\; \\\\o/"
    )
    (found,) = read(data, YEAR, LONDON).events
    assert found.summary == "Café, night\nshift; \\o/"


LEFT_OUT = "“Alice” was left out: "


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["DTEND:20260601T090000"], "it does not say when it begins"),
        (["DTSTART:20260601T090000"], "it does not say how long it lasts"),
        (["DTSTART:20260601T090000", "DTEND:20260601T080000"], "it ends before it begins"),
        (["DTSTART:20260601T090000", "DTEND;VALUE=DATE:20260602"], "it begins with a day and ends with a time, or the other way round"),
        (["DTSTART:tomorrow"], "“tomorrow” is no time"),
        (["DTSTART:20260230"], "“20260230” is no time"),
        (["DTSTART:00010101"], "the year 1 is out of reach"),
        (["DTSTART:20260601", "DURATION:P"], "“P” is no length of time"),
        (["DTSTART:20260601", "DURATION:PT"], "“PT” is no length of time"),
        (["DTSTART:20260601", "DURATION:-P1D"], "“-P1D” is no length of time"),
        (["DTSTART:20260601", "RRULE:FREQ=SECONDLY"], "a rule that counts in “SECONDLY” is not read"),
        (["DTSTART:20260601", "RRULE:COUNT=2"], "a rule that counts in “” is not read"),
        (["DTSTART:20260601", "RRULE:FREQ=YEARLY;BYWEEKNO=3"], "BYWEEKNO in a rule is not read"),
        (["DTSTART:20260601", "RRULE:FREQ=DAILY;INTERVAL=0"], "“0” in a rule is no number from 1 to 1000"),
        (["DTSTART:20260601", "RRULE:FREQ=DAILY;UNTIL=soon"], "“SOON” is no time"),
        (["DTSTART:20260601", "RRULE:FREQ=WEEKLY;BYDAY=XX"], "“XX” in a rule is no day of the week"),
        (["DTSTART:20260601", "RRULE:FREQ=WEEKLY;BYDAY=1MO"], "a weekday with a number needs a rule of months or years"),
        (["DTSTART:20260601", "RRULE:FREQ=WEEKLY;BYMONTHDAY=1"], "a rule of weeks has no days of the month"),
        (["DTSTART:20260601", "RRULE:FREQ=MONTHLY;BYMONTHDAY=0"], "0 in a rule counts neither from the front nor from the back"),
        (["DTSTART:20260601", "RRULE:FREQ=HOURLY;BYSETPOS=1"], "BYSETPOS in a rule of hours is not read"),
        (["DTSTART:20260601", "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"], "more than one rule is not read"),
    ],
)  # fmt: skip
def test_an_event_that_is_not_understood_is_left_out_with_its_line_and_why(lines, words):
    assert troubles(*lines) == [(3, f"{LEFT_OUT}{words}.")]


def test_what_is_wrong_with_one_event_does_not_touch_another():
    good = event("DTSTART:20260601T090000", "DURATION:PT1H")
    reading = read(calendar(*event("DTSTART:never"), *good), YEAR, LONDON)
    assert [(one.start, one.end) for one in reading.events] == [SUMMER]
    assert [trouble.line for trouble in reading.troubles] == [3]


def test_a_date_that_is_left_out_badly_is_said_and_the_others_count():
    lines = event("DTSTART:20260601", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260602,nonsense")
    reading = read(calendar(*lines), YEAR, LONDON)
    assert len(reading.events) == 1
    assert reading.troubles == [(8, "A date of EXDATE was left out: “nonsense” is no time.")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "This is no calendar: it has no BEGIN:VCALENDAR."),
        (b"<html>\nNot found\n</html>", "This is no calendar: it has no BEGIN:VCALENDAR."),
        (
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260601\n",
            "VEVENT is not closed: the file seems to be cut off. It was left out.",
        ),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VEVENT", "END:VEVENT closes nothing that is open."),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR", "VEVENT is not closed. It was left out."),
        (b"BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VTODO\n", "VTODO is no event. It was left out."),
        (b"BEGIN:VCALENDAR\n", "The calendar has no end: it may be cut off."),
        (b"x" * (LARGEST + 1), "The calendar is larger than 1 MiB: nothing of it was read. Export a shorter time."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_whole_calendar_is_said_to_be_none(data, words):
    reading = read(data, YEAR, LONDON)
    assert reading.events == []
    assert words in [trouble.words for trouble in reading.troubles]


def test_a_change_of_all_later_occurrences_changes_one_and_says_so():
    changed = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260602T090000",
        "DTSTART:20260602T100000",
        "DURATION:PT1H",
    )
    reading = read(calendar(*DAILY, *changed), YEAR, LONDON)
    assert [one.start for one in reading.events] == [at(6, 1, 8), at(6, 2, 9), at(6, 3, 8)]
    assert "only this one was changed" in reading.troubles[0].words


def test_only_what_reaches_into_the_period_is_read_and_whole():
    within = Span(at(6, 2, 8, 30), at(6, 3))
    lines = ["DTSTART:20200101T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY"]
    assert times(*lines, within=within) == [(at(6, 2, 8), at(6, 2, 9))]


def test_more_occurrences_than_anybody_plans_are_cut_off_and_it_is_said():
    lines = event("DTSTART:20260101T000000", "DURATION:PT1H", "RRULE:FREQ=HOURLY")
    reading = read(calendar(*lines), YEAR, LONDON)
    assert (len(reading.events), reading.is_whole) == (MOST_EVENTS, False)
    assert "More than 5,000 events" in reading.troubles[0].words


HOSTILE = {
    "a day that never comes": ["RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"],
    "a year that never comes": ["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9999"],
    "a place that never comes": ["RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300;COUNT=9999"],
    "every hour since long ago": ["RRULE:FREQ=HOURLY;COUNT=10000"],
    "dates without end": ["RDATE:" + ",".join(f"2026{n % 12 + 1:02}01T{n % 24:02}0000" for n in range(99))],
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_calendar_keeps_a_server_busy(name):
    one = event("DTSTART:19000101T000000", "DURATION:PT1H", *HOSTILE[name])
    count = (LARGEST - 100) // sum(len(line) + 2 for line in one)
    data = calendar(*[line for _ in range(count) for line in one])
    started = process_time()
    read(data, YEAR, LONDON)
    assert process_time() - started < 10


def test_zones_without_end_keep_no_server_busy():
    lines = []
    for number in range(2000):
        lines += [
            line.replace("Ours", f"Ours {number}").replace("+0300", "+0317") for line in FIXED
        ]
        lines += event(f"DTSTART;TZID=Ours {number}:20260601T110000", "DURATION:PT1H")
    started = process_time()
    reading = read(calendar(*lines), YEAR, LONDON)
    assert process_time() - started < 10
    assert not reading.is_whole


def test_of_a_thousand_troubles_the_first_are_told_and_the_others_counted():
    lines = [line for _ in range(1000) for line in event()]
    told = read(calendar(*lines), YEAR, LONDON).troubles
    assert len(told) == MOST_TROUBLES + 1
    assert told[-1].words == "And 800 more like these."


weekdays = st.lists(
    st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, unique=True
)
ordinals = st.sampled_from(["1", "2", "-1"])


@st.composite
def rules(draw):
    """A rule whose event is its first occurrence, as the standard wants it."""
    frequency = draw(st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}"]
    if draw(st.booleans()):
        days = draw(weekdays)
        # Days with and without a number at once are read wrongly by the other reader.
        if frequency in {"MONTHLY", "YEARLY"} and draw(st.booleans()):
            days = [draw(ordinals) + day for day in days]
        parts.append(f"BYDAY={','.join(days)}")
        if frequency == "MONTHLY" and draw(st.booleans()):
            parts.append(f"BYSETPOS={draw(st.sampled_from([1, 2, -1]))}")
    elif frequency in {"MONTHLY", "DAILY"} and draw(st.booleans()):
        parts.append(
            f"BYMONTHDAY={','.join(map(str, draw(st.lists(st.sampled_from([1, 15, 28, 31, -1, -3]), min_size=1, unique=True))))}"
        )
    if draw(st.booleans()):
        parts.append(
            f"BYMONTH={','.join(map(str, draw(st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True))))}"
        )
    parts.append(draw(st.sampled_from(["", "COUNT=7", "COUNT=60", "UNTIL=20260901T120000Z"])))
    parts.append(draw(st.sampled_from(["", "WKST=SU"])))
    return ";".join(part for part in parts if part)


@settings(deadline=None, max_examples=100)
@given(rules(), st.integers(0, 400), st.integers(0, 330))
def test_rules_come_again_when_another_reader_says_so(rule, days, opens):
    start = datetime(2025, 6, 2, 12) + timedelta(days=days)  # noqa: DTZ001  # far from midnight
    within = Span(at(1, 1) + timedelta(days=opens), at(1, 1) + timedelta(days=opens + 35))
    data = calendar(
        *event(
            f"DTSTART;TZID=Europe/London:{start:%Y%m%dT%H%M%S}",
            f"DTEND;TZID=Europe/London:{start + HOUR / 2:%Y%m%dT%H%M%S}",
            f"RRULE:{rule}",
        )
    )
    expected = {
        one.start.astimezone(UTC)
        for one in recurring_ical_events.of(Calendar.from_ical(data)).between(*within)
    }
    reading = read(data, within, LONDON)
    assert reading.troubles == []
    found = {one.start for one in reading.events}
    # Whether the event itself counts where its own rule does not fit is left open by the standard.
    itself = start.replace(tzinfo=LONDON).astimezone(UTC)
    is_counted = "COUNT" in rule
    if not (is_counted and itself not in expected):
        assert found - {itself} == expected - {itself}, (rule, start, within)
