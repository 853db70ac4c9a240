"""Leave by a calendar: what is shown, what is ticked, what is told, what is not understood."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oncall.models import Leave
from oncall.selectors.calendars import MOST_LISTED, absences_in
from oncall.services.leave import Away, LeaveError, add_leave, import_leave
from portal.accounts.policies import NotAllowedError
from portal.audit.events import AuditEvent
from portal.audit.models import Entry
from tests.conftest import NOW
from tests.oncall.scene import at, on_call, rota

URL = "/oncall/leave/import/"
SPAIN = ("VALUE=DATE:20260305", "VALUE=DATE:20260307", "Spain")
MEETING = ("20260310T100000Z", "20260310T110000Z", "Stand-up")
PAST = ("VALUE=DATE:20250305", "VALUE=DATE:20250307", "Last year")
FAR = ("VALUE=DATE:20271005", "VALUE=DATE:20271007", "In two years")


def calendar(*events, more=""):
    """Return a calendar of some events: when each begins and ends, and what it is called."""
    written = "".join(
        f"BEGIN:VEVENT\nUID:{number}\n{_written('DTSTART', start)}\n{_written('DTEND', end)}\n"
        f"SUMMARY:{summary}\nEND:VEVENT\n"
        for number, (start, end, summary) in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{written}{more}END:VCALENDAR\n"


def _written(name, when):
    return f"{name};{when}" if "=" in when else f"{name}:{when}"


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def send(client, world):
    def post(who="bob", **values):
        client.force_login(getattr(world, who))
        return client.post(URL, values)

    return post


def html(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def keys(text, person):
    return [one.key for one in absences_in(text.encode(), person, now=NOW).listed]


def test_the_page_shows_what_is_ahead_and_ticks_what_lasts_half_a_day(send, world):
    shown = html(send(text=calendar(SPAIN, MEETING, PAST, FAR)))
    spain, meeting = keys(calendar(SPAIN, MEETING), world.bob)
    assert f'value="{spain}" checked' in shown
    assert f'value="{meeting}" >' in shown
    assert "Last year</strong>" not in shown
    assert "In two years</strong>" not in shown
    assert not Leave.objects.exists()


def test_the_page_shows_which_shifts_it_would_open(send, world):
    rota(world, [world.bob])
    assert "Gap opens" in html(send(text=calendar(SPAIN)))
    assert "Gap opens" not in html(send(text=calendar(SPAIN), again="1"))


def test_what_is_not_understood_is_told_with_its_line(send):
    broken = "BEGIN:VEVENT\nUID:x\nSUMMARY:Lost\nEND:VEVENT\n"
    shown = html(send(text=calendar(SPAIN, more=broken)))
    assert "Line 9" in shown
    assert "it does not say when it begins" in shown
    assert "Spain" in shown


def test_what_is_ticked_is_told_as_one_act(send, world):
    found = rota(world, [world.bob])
    text = calendar(SPAIN, MEETING)
    before = Entry.objects.count()
    answer = send(text=text, add="1", event=keys(text, world.bob), has_notes="on")
    assert answer.url == reverse("leave")
    assert [one.note for one in world.bob.leave.all()] == ["Spain", "Stand-up"]
    assert {one.source for one in world.bob.leave.all()} == {"calendar:pasted"}
    assert not on_call(found, at("2026-03-05T20:00"))
    [entry] = Entry.objects.order_by("pk")[before:]
    assert entry.event == AuditEvent.LEAVE_IMPORTED
    body = json.loads(bytes(entry.body))
    assert (body["data"]["added"], body["data"]["skipped"]) == (2, 0)


def test_what_is_not_ticked_is_left_and_names_stay_private(send, world):
    text = calendar(SPAIN, MEETING)
    send(text=text, add="1", event=keys(text, world.bob)[:1])
    [leave] = world.bob.leave.all()
    assert leave.starts_at == at("2026-03-05T00:00")
    assert leave.note == ""


def test_a_tick_of_what_is_not_in_the_calendar_tells_nothing(send):
    text = calendar(SPAIN)
    answer = send(text=text, add="1", event=["20260401T000000+0000/20260402T000000+0000"])
    assert "Nothing is left to add" in html(answer)
    assert not Leave.objects.exists()


def test_a_file_gives_its_name_to_the_leave(send, world):
    text = calendar(SPAIN)
    file = SimpleUploadedFile("holidays.ics", text.encode(), "text/calendar")
    shown = html(send(upload=file))
    assert 'name="file_name" value="holidays.ics"' in shown
    send(text=text, add="1", file_name="holidays.ics", event=keys(text, world.bob))
    assert world.bob.leave.get().source == "calendar:holidays.ics"


def test_a_text_that_a_browser_sends_back_is_the_one_that_was_shown(send, world):
    text = calendar(SPAIN)
    send(text=text.replace("\n", "\r\n"), add="1", event=keys(text, world.bob))
    assert world.bob.leave.count() == 1


def test_a_calendar_taken_in_twice_adds_nothing(send, world):
    text = calendar(SPAIN)
    answers = [send(text=text, add="1", event=keys(text, world.bob)) for _ in range(2)]
    assert "Told already" in html(answers[1])
    assert world.bob.leave.count() == 1


def test_a_lead_does_it_for_their_people_and_nobody_else_does(send, world):
    text = calendar(SPAIN)
    ticked = {"text": text, "add": "1", "event": keys(text, world.bob), "person": world.bob.email}
    assert send("charlie", **ticked).status_code == 403
    assert send("audrey", text=text).status_code == 403
    assert send("alice", **ticked).status_code == 302
    assert world.bob.leave.get().made_by == world.alice


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "There is nothing in it."),
        ({"text": " \n"}, "There is nothing in it."),
        ({"text": "x" * (1024 * 1024 + 1)}, "larger than 1 MiB"),
        ({"text": calendar(SPAIN), "person": "nobody@example.com"}, "nobody@example.com"),
        ({"text": "Dear all, I am away."}, "This is no calendar"),
        ({"text": calendar()}, "No events ahead"),
        ({"text": calendar(PAST)}, "No events ahead"),
    ],
)
def test_what_cannot_be_taken_in_is_told(send, values, words):
    assert words in html(send(**values))


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "There is nothing in it."), (b"x" * (1024 * 1024 + 1), "larger than 1 MiB")],
)
def test_a_file_that_cannot_be_taken_in_is_told(send, content, words):
    assert words in html(send(upload=SimpleUploadedFile("a.ics", content)))


def test_bytes_that_are_no_text_spoil_nothing(send):
    data = calendar(SPAIN, (*MEETING[:2], "Caf?")).encode().replace(b"Caf?", b"Caf\xe9\0")
    assert "Spain" in html(send(upload=SimpleUploadedFile("a.ics", data)))


def test_an_event_of_somebody_else_is_not_ticked(world):
    text = calendar(SPAIN).replace("UID:0", "UID:0\nATTENDEE:mailto:alice@example.com")
    [theirs] = absences_in(text.encode(), world.bob, now=NOW).listed
    [own] = absences_in(text.encode(), world.alice, now=NOW).listed
    assert (theirs.is_ticked, own.is_ticked) == (False, True)


def test_a_long_calendar_is_shown_in_parts(send, world):
    hourly = "BEGIN:VEVENT\nUID:h\nDTSTART:20260310T100000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY;COUNT={}\nEND:VEVENT\n"
    shown = html(send(text=calendar(more=hourly.format(MOST_LISTED + 7))))
    assert "7 more are left out" in shown


def test_the_page_takes_few_queries_for_any_number_of_events(send, world, client):
    rota(world, [world.bob, world.alice])
    counts = []
    for number in (2, 40):
        events = [
            (
                f"{at('2026-03-05T00:00') + timedelta(days=2 * day):%Y%m%dT000000Z}",
                f"{at('2026-03-06T00:00') + timedelta(days=2 * day):%Y%m%dT000000Z}",
                "Away",
            )
            for day in range(number)
        ]
        send(text=calendar(*events))
        with CaptureQueriesContext(connection) as queries:
            client.post(URL, {"text": calendar(*events)})
        counts.append(len(queries))
    assert counts[0] == counts[1], counts
    assert max(counts) <= 14, counts


AWAY = Away(at("2026-03-05T00:00"), at("2026-03-07T00:00"))


def test_the_service_skips_what_is_told_over_or_twice(world):
    add_leave(
        person=world.bob, starts_at=AWAY.starts_at, ends_at=AWAY.ends_at, actor=world.bob, now=NOW
    )
    later = Away(at("2026-04-05T00:00"), at("2026-04-07T00:00"))
    within = Away(at("2026-04-05T00:00"), at("2026-04-06T00:00"))
    over = Away(NOW - timedelta(days=2), NOW)
    imported = import_leave(
        person=world.bob,
        periods=[within, later, AWAY, over, later],
        source="calendar:a.ics",
        actor=world.bob,
        now=NOW,
    )
    assert [(one.starts_at, one.ends_at) for one in imported.added] == [later[:2]]
    assert imported.skipped == 4
    assert str(imported) == "Told of 1 time away, 4 told or over already"


@pytest.mark.parametrize(
    ("periods", "words"),
    [([], "Nothing is left"), ([Away(AWAY.ends_at, AWAY.starts_at)], "ends before it begins")],
)
def test_the_service_refuses_what_makes_no_sense(world, periods, words):
    with pytest.raises(LeaveError, match=words):
        import_leave(
            person=world.bob, periods=periods, source="calendar:a", actor=world.bob, now=NOW
        )


@pytest.mark.parametrize("who", ["charlie", "eve", "audrey"])
def test_the_service_asks_whose_leave_it_is(world, who):
    with pytest.raises(NotAllowedError):
        import_leave(
            person=world.bob,
            periods=[AWAY],
            source="calendar:a",
            actor=getattr(world, who),
            now=NOW,
        )


@pytest.fixture
def command(tmp_path):
    def run(text, *options, person="bob@example.com"):
        path = tmp_path / "away.ics"
        path.write_text(text)
        out, err = StringIO(), StringIO()
        call_command(
            "import_leave", str(path), "--person", person, *options, stdout=out, stderr=err
        )
        return out.getvalue() + err.getvalue()

    return run


def test_the_command_shows_first_then_tells(command, world):
    rota(world, [world.bob])
    shown = command(calendar(SPAIN, MEETING, more="BEGIN:VTODO\nEND:VTODO\n"), "--dry-run")
    assert "ADD    2026-03-05 00:00 to 2026-03-07 00:00 UTC  Spain" in shown
    assert "SKIP " in shown
    assert "VTODO is no event" in shown
    assert "OPENS" in shown
    assert "Nothing was told." in shown
    assert not Leave.objects.exists()
    assert "Told of 1 time away." in command(calendar(SPAIN, MEETING), "--notes")
    leave = world.bob.leave.get()
    assert (leave.note, leave.source) == ("Spain", "calendar:away.ics")
    assert "TOLD" in command(calendar(SPAIN), "--dry-run")


@pytest.mark.parametrize(
    ("text", "person", "words"),
    [
        (calendar(), "bob@example.com", "Nothing is left"),
        (calendar(SPAIN), "nobody@example.com", "Nobody active has the address"),
        (calendar(SPAIN), "eve@example.com", "see everything and change nothing"),
        ("x" * (1024 * 1024 + 1), "bob@example.com", "larger than 1 MiB"),
    ],
)
def test_the_command_says_what_it_cannot_do(command, world, text, person, words):
    with pytest.raises(CommandError, match=words):
        command(text, person=person)


def test_the_command_says_that_a_file_is_not_there(world):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_leave", "/nowhere/a.ics", "--person", "bob@example.com")
