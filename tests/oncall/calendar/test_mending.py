"""Overrides, leave and gaps: what is shown before, what is made, what is refused, what alarms."""

import csv
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oncall.models import Change, DutyRole, Gap, Hours, Leave, Override, Resolution, Shift
from oncall.rota import Span
from oncall.selectors.flaws import (
    AHEAD,
    FlawKind,
    Scope,
    flaws,
    flaws_page,
    gauges,
    read_place,
)
from oncall.selectors.leave import leave_visible_to
from oncall.selectors.previews import preview_leave, preview_override
from oncall.selectors.stepping_in import candidates
from oncall.services.gaps import GapError, accept_gap
from oncall.services.leave import add_leave
from oncall.services.overrides import make_override
from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from tests.conftest import NOW
from tests.oncall.scene import at, layer, rota

# Twelve, and one for the number of unread notices in the head of every page.
BUDGET = 13
NIGHT = Span(at("2026-03-04T17:30"), at("2026-03-05T09:00"))


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def one(world):
    return rota(world)


def words(response):
    return " ".join(response.content.decode().split())


# --- What would change --------------------------------------------------------------------------


def test_what_an_override_would_change_is_what_it_changes(world, one):
    values = {"kind": Change.COVER, "comes": world.bob, "starts_at": NIGHT.start}
    meant = Override(rota=one, role=DutyRole.PRIMARY, ends_at=NIGHT.end, **values)
    shown = preview_override(meant, now=NOW)
    assert [(str(turn.person), turn.span) for turn in shown.comes] == [("Bob", NIGHT)]
    assert [(str(turn.person), turn.span) for turn in shown.goes] == [("Alice", NIGHT)]
    assert Shift.objects.filter(rota=one, starts_at=NIGHT.start, person=world.alice).exists()
    _, made = make_override(rota=one, ends_at=NIGHT.end, actor=world.alice, now=NOW, **values)
    assert {(int(x.person), x.role) for x in made.came if x.span == NIGHT} == {
        (world.bob.pk, "primary")
    }


def test_who_is_away_takes_no_place_and_the_page_says_so(client, world, one):
    dora = User.objects.get(name="Dora")
    add_leave(person=dora, starts_at=NOW, ends_at=at("2026-03-06T00:00"), actor=dora, now=NOW)
    meant = Override(
        rota=one, role="primary", kind=Change.REPLACE, comes=dora, goes=world.alice,
        starts_at=NIGHT.start, ends_at=NIGHT.end,
    )  # fmt: skip
    shown = preview_override(meant, now=NOW)
    assert not shown.comes
    assert [turn.span for turn in shown.opens] == [NIGHT]
    client.force_login(world.alice)
    url = reverse("override-new", args=[one.slug])
    html = words(client.get(url, asked(comes="dora@example.com", preview="1")))
    assert "Dora is away then" in html
    assert "is away then" not in words(client.get(url, asked(preview="1")))


def test_what_leave_would_open_is_what_it_opens(world, one):
    meant = Leave(person=world.alice, starts_at=NOW, ends_at=at("2026-03-05T12:00"))
    [shown] = preview_leave([meant], now=NOW)
    assert [(turn.role, turn.span) for turn in shown.opens] == [("primary", NIGHT)]
    assert not Gap.objects.filter(rota=one).exists()
    add_leave(person=world.alice, starts_at=NOW, ends_at=meant.ends_at, actor=world.alice, now=NOW)
    assert [Span(gap.starts_at, gap.ends_at) for gap in one.gaps.all()] == [NIGHT]


# --- Who could step in --------------------------------------------------------------------------


def test_who_could_step_in_is_free_here_and_the_best_rested_first(world, one):
    found = [candidate.person.name for candidate in candidates(one, NIGHT)]
    # Alice is primary then, and Bob secondary.
    assert set(found) == {"Dora", "Emil"}
    add_leave(
        person=User.objects.get(name="Dora"), starts_at=NOW, ends_at=at("2026-03-06T00:00"),
        actor=world.alice, now=NOW,
    )  # fmt: skip
    assert [candidate.person.name for candidate in candidates(one, NIGHT)] == ["Emil"]


def test_who_is_on_call_in_another_rota_is_not_suggested(world, one):
    emil = User.objects.get(name="Emil")
    rota(world, name="Other", drafts=[layer([emil])])
    assert "Emil" not in [candidate.person.name for candidate in candidates(one, NIGHT)]


# --- The form of an override --------------------------------------------------------------------


def asked(**values):
    return {
        "kind": Change.COVER.value,
        "role": "primary",
        "comes": "bob@example.com",
        "since": NIGHT.start.isoformat(),
        "until": NIGHT.end.isoformat(),
        **values,
    }


def test_a_link_fills_the_form_and_what_it_cannot_read_stays_empty(client, world, one):
    client.force_login(world.alice)
    url = reverse("override-new", args=[one.slug])
    html = words(client.get(url, {**asked(), "goes": "who@example.com", "role": "king"}))
    assert 'value="2026-03-04T17:30"' in html
    assert "errorlist" not in html
    assert "Who could step in" in html


def test_times_are_by_the_clocks_of_who_types(client, world, one):
    User.objects.filter(pk=world.alice.pk).update(zone="Pacific/Kiritimati")
    client.force_login(User.objects.get(pk=world.alice.pk))
    url = reverse("override-new", args=[one.slug])
    typed = asked(since="2026-03-05T07:30", until="2026-03-05T23:00")
    assert client.post(url, typed).status_code == 302
    made = Override.objects.get()
    assert Span(made.starts_at, made.ends_at) == NIGHT


def test_the_hour_that_occurs_twice_is_covered_whole(client, world, one):
    User.objects.filter(pk=world.alice.pk).update(zone="Europe/London")
    client.force_login(User.objects.get(pk=world.alice.pk))
    url = reverse("override-new", args=[one.slug])
    client.post(url, asked(since="2026-10-25T01:30", until="2026-10-25T01:45"))
    made = Override.objects.get()
    assert (made.starts_at, made.ends_at) == (at("2026-10-25T00:30"), at("2026-10-25T01:45"))


@pytest.mark.parametrize(
    ("wrong", "mend"),
    [
        ({"comes": ""}, "Say who comes on call."),
        ({"kind": Change.REMOVE.value}, "Say who stands down."),
        ({"comes": "who@example.com"}, "Nobody is called"),
        ({"until": NIGHT.start.isoformat()}, "It ends before it begins"),
        ({"until": "soon"}, "Write it as a day and a time"),
        ({"since": "0001-01-01T00:00"}, "Choose a day from 2000"),
        ({"since": "2026-01-01T00:00"}, "what has been is a record"),
        ({"kind": Change.ADD.value}, "One person at a time is primary here"),
        ({"kind": "CLONE"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_told_with_a_mend(client, world, one, wrong, mend):
    client.force_login(world.alice)
    response = client.post(reverse("override-new", args=[one.slug]), asked(**wrong))
    assert response.status_code == 200
    assert mend in words(response)
    assert not Override.objects.exists()


def test_what_was_taken_back_can_be_made_again(client, world, one):
    client.force_login(world.alice)
    url = reverse("override-new", args=[one.slug])
    client.post(url, asked(reason="A wedding."))
    made = Override.objects.get()
    html = words(client.post(reverse("override-cancel", args=[made.pk]), follow=True))
    assert "Make it again" in html
    assert "A wedding." in html
    client.post(reverse("override-cancel", args=[made.pk]))
    assert Override.objects.filter(cancelled_at=None).count() == 0


def test_the_list_of_overrides_takes_few_queries(client, world, one):
    client.force_login(world.alice)
    for hour in range(3):
        make_override(
            rota=one, kind=Change.COVER, comes=world.bob, actor=world.alice, now=NOW,
            starts_at=NOW + timedelta(hours=hour), ends_at=NOW + timedelta(hours=hour + 1),
        )  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("rota-overrides", args=[one.slug]))
    assert len(queries) <= BUDGET


# --- Leave --------------------------------------------------------------------------------------


def test_leave_is_by_the_day_in_the_zone_of_who_is_away(client, world, one):
    User.objects.filter(pk=world.bob.pk).update(zone="Asia/Kolkata")
    client.force_login(world.alice)
    told = {"person": "bob@example.com", "first": "2026-03-06", "last": "2026-03-07"}
    html = words(client.get(reverse("leave"), told | {"preview": "1"}))
    assert "What it would open" in html
    assert not Leave.objects.exists()
    client.post(reverse("leave"), told)
    found = Leave.objects.get()
    assert found.starts_at == at("2026-03-05T18:30")
    assert found.ends_at == at("2026-03-07T18:30")


def test_leave_is_to_the_minute_too(client, world, one):
    client.force_login(world.bob)
    told = {"first": "2026-03-06", "starts": "09:15", "last": "2026-03-06", "ends": "10:45"}
    client.post(reverse("leave"), told)
    found = Leave.objects.get(person=world.bob)
    assert (found.starts_at, found.ends_at) == (at("2026-03-06T09:15"), at("2026-03-06T10:45"))


@pytest.mark.parametrize(
    ("wrong", "mend"),
    [
        ({"last": "2026-03-05"}, "It ends before it begins"),
        ({"first": "2026-03-01", "last": "2026-03-02"}, "It is over already"),
        ({"first": ""}, "This field is required"),
        ({"starts": "noon"}, "Enter a valid time"),
        ({"last": "9999-12-31"}, "Choose a day from 2000"),
    ],
)
def test_leave_that_cannot_be_is_told_with_a_mend(client, world, wrong, mend):
    client.force_login(world.bob)
    told = {"first": "2026-03-06", "last": "2026-03-07"} | wrong
    assert mend in words(client.post(reverse("leave"), told))
    assert not Leave.objects.exists()


def test_nobody_tells_of_the_leave_of_others(client, world):
    client.force_login(world.charlie)
    told = {"person": "bob@example.com", "first": "2026-03-06", "last": "2026-03-07"}
    assert client.post(reverse("leave"), told).status_code == 403
    assert client.get(reverse("leave"), told | {"preview": "1"}).status_code == 403


def test_leave_is_seen_by_the_team_by_leads_above_and_by_who_oversees(world):
    add_leave(
        person=world.bob, starts_at=NOW, ends_at=at("2026-03-06T00:00"), actor=world.bob, now=NOW
    )
    seen = {
        name: leave_visible_to(getattr(world, name)).exists()
        for name in ("alice", "bob", "charlie", "olive", "eve", "audrey")
    }
    assert seen == dict.fromkeys(seen, True) | {"charlie": False}


# --- Gaps ---------------------------------------------------------------------------------------


def kinds(scope, **options):
    return [one.kind for one in flaws(scope, now=NOW, **options)]


def gap_in(one):
    return one.gaps.order_by("starts_at").first()


@pytest.fixture
def bare(world):
    """Working hours are to be covered too, and nobody does."""
    return rota(world, hours=Hours.ALWAYS, name="Bare")


def test_a_gap_is_listed_with_a_mend_for_those_who_may(client, world, bare):
    client.force_login(world.alice)
    html = words(client.get(reverse("gaps"), {"kind": "1"}))
    assert "Nobody is primary" in html
    assert "Find somebody" in html
    client.force_login(world.bob)
    html = words(client.get(reverse("gaps"), {"kind": "1"}))
    assert "Find somebody" not in html
    assert "Leads of Acquiring mend it." in html


def test_an_accepted_gap_alarms_nobody_until_it_grows(world, bare):
    before = {gauge.name: gauge.value for gauge in gauges(now=NOW)}
    gap = bare.gaps.filter(role="primary", ends_at__gt=NOW).order_by("starts_at").first()
    accept_gap(gap=gap, note="Everybody is in.", actor=world.alice, now=NOW)
    after = {gauge.name: gauge.value for gauge in gauges(now=NOW)}
    name = "quarterdeck_oncall_primary_gaps_24h"
    assert after[name] == before[name] - 1
    # Somebody who was to follow is away, so the gap lasts longer than was accepted.
    add_leave(
        person=world.alice, starts_at=NOW, ends_at=at("2026-03-06T00:00"), actor=world.alice,
        now=NOW,
    )  # fmt: skip
    gap.refresh_from_db()
    assert gap.accepted_at is None
    assert gap.note == ""


def test_what_is_over_alarms_nobody(world, bare):
    later = NOW + timedelta(days=200)
    assert not any(gauge.value for gauge in gauges(now=later))
    assert list(flaws(Scope(world.alice), now=later)) == []


def test_empty_hours_and_days_off_are_no_gaps(world):
    """No gap is seen in hours that nobody means to cover, nor on a whole day of leave then."""
    one = rota(world)
    add_leave(
        person=world.alice, starts_at=at("2026-03-05T09:00"), ends_at=at("2026-03-05T17:30"),
        actor=world.alice, now=NOW,
    )  # fmt: skip
    assert not Gap.objects.filter(rota=one).exists()
    assert not any(gauge.value for gauge in gauges(now=NOW))


def test_a_gap_is_accepted_once_by_who_may_with_a_note(world, bare):
    gap = bare.gaps.latest("starts_at")
    with pytest.raises(NotAllowedError):
        accept_gap(gap=gap, note="Fine.", actor=world.bob, now=NOW)
    with pytest.raises(GapError, match="Say why"):
        accept_gap(gap=gap, note=" ", actor=world.alice, now=NOW)
    with pytest.raises(GapError, match="over"):
        accept_gap(gap=gap, note="Fine.", actor=world.alice, now=gap.ends_at)
    accept_gap(gap=gap, note="Fine.", actor=world.alice, now=NOW)
    with pytest.raises(GapError, match="accepted already"):
        accept_gap(gap=gap, note="Fine.", actor=world.alice, now=NOW)
    bare.gaps.all().delete()
    with pytest.raises(GapError, match="closed"):
        accept_gap(gap=gap, note="Fine.", actor=world.alice, now=NOW)


def test_who_is_twice_at_once_is_listed_once_and_a_union_is_none(world, one):
    other = rota(world, name="Other", drafts=[layer([world.alice])])
    found = [x for x in flaws(Scope(world.alice), now=NOW) if x.kind is FlawKind.OVERLAP]
    first = found[0]
    assert (first.person, first.span) == (world.alice, NIGHT)
    assert {first.rota, first.other and first.other.rota} == {one, other}
    assert len({x.place for x in found}) == len(found)
    rota(world, name="Everybody", resolution=Resolution.UNION, drafts=[layer([world.bob])])
    again = [x for x in flaws(Scope(world.alice), now=NOW) if x.kind is FlawKind.OVERLAP]
    assert len(again) == len(found)


def test_who_has_no_tested_way_is_hard_to_reach_and_only_their_own_are_told(world, one):
    hard = [x for x in flaws(Scope(world.alice), now=NOW) if x.kind is FlawKind.UNREACHABLE]
    assert {str(x.person) for x in hard} == {"Alice", "Bob", "Dora", "Emil"}
    assert FlawKind.UNREACHABLE not in kinds(Scope(world.charlie, is_all=True))
    assert FlawKind.UNREACHABLE in kinds(Scope(world.eve, is_all=True))


def test_pages_join_without_a_seam(world, bare):
    rota(world, name="Twin", hours=Hours.ALWAYS)
    scope = Scope(world.alice)
    whole = [str(x.place) for x in flaws(scope, now=NOW)]
    parts, place = [], None
    while True:
        page = flaws_page(scope, now=NOW, place=place, size=7)
        parts += [str(x.place) for x in page.rows]
        if not page.after:
            break
        place = read_place(page.after)
    assert parts == whole
    assert len(set(whole)) == len(whole) > 50


def test_the_list_takes_the_same_few_queries_for_any_number_of_rotas(client, world, bare):
    rota(world, name="Twin", hours=Hours.ALWAYS)
    client.force_login(world.alice)
    client.get(reverse("gaps"))
    counts = []
    for number in range(3):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("gaps"))
        counts.append(len(queries))
        rota(world, name=f"More {number}", hours=Hours.ALWAYS)
    assert max(counts) <= BUDGET, counts
    assert len(set(counts)) == 1, counts


def test_filters_narrow_and_nonsense_is_told(client, world, bare):
    client.force_login(world.charlie)
    url = reverse("gaps")
    assert "Nothing to mend" in words(client.get(url))
    assert "Nobody is primary" in words(client.get(url, {"whose": "all"}))
    assert "Nobody is primary" in words(client.get(url, {"team": "payments"}))
    assert "Nobody is primary" in words(client.get(url, {"rota": "bare"}))
    for asked_ in ({"rota": "x"}, {"team": "x"}, {"kind": "9"}, {"place": "x"}, {"whose": "?"}):
        assert client.get(url, asked_).status_code == 200


def test_the_export_is_on_record_and_safe(client, world, bare):
    User.objects.filter(pk=world.alice.pk).update(email="=cmd@example.com")
    client.force_login(world.alice)
    response = client.get(reverse("gaps-csv"))
    rows = list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))
    assert rows[0][:3] == ["begins", "ends", "what"]
    assert "'=cmd@example.com" in {row[6] for row in rows[1:]}
    entry = Entry.objects.latest("id")
    assert entry.event == "oncall.gaps.exported"
    assert json.loads(bytes(entry.body))["data"]["rows"] == len(rows) - 1
    assert rows[1][0] <= rows[-1][0]
    assert all(row[0] < (NOW + AHEAD).isoformat() for row in rows[1:])
