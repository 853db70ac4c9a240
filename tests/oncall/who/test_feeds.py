"""Calendar feeds: what they tell, to whom, and how they stop."""

from datetime import timedelta

import icalendar
import pytest
import recurring_ical_events
from django.db import IntegrityError, transaction
from django.urls import reverse

from oncall.models import Change, Feed
from oncall.services.feeds import FeedError, create_feed, open_feed, revoke_feed
from oncall.services.overrides import cancel_override, make_override
from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.catalogue.models import Membership
from tests.conftest import NOW
from tests.factories import UserFactory
from tests.oncall.scene import at, people, rota


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def one(world):
    return rota(world)


def read(client, issued, **headers):
    return client.get(reverse("feed", args=[issued.secret]), headers=headers)


def events(response):
    assert response.status_code == 200
    return icalendar.Calendar.from_ical(response.content)


def expanded(calendar):
    """Return who is on call when, as a calendar program works it out."""
    found = recurring_ical_events.of(calendar).between(
        NOW - timedelta(days=1), NOW + timedelta(days=200)
    )
    return sorted((event["DTSTART"].dt, event["DTEND"].dt, str(event["UID"])) for event in found)


def test_a_feed_expands_to_the_shifts_of_the_rota(client, world, one):
    calendar = events(read(client, create_feed(target=one, actor=world.bob, now=NOW)))
    shifts = sorted(
        one.shifts.filter(ends_at__gt=NOW - timedelta(days=1)).values_list("starts_at", "ends_at")
    )
    assert len(shifts) > 100
    assert [(start, end) for start, end, _ in expanded(calendar)] == shifts
    summaries = {str(event["SUMMARY"]) for event in calendar.walk("VEVENT")}
    assert "Alice, primary: Acquiring at night" in summaries
    assert "Bob, secondary: Acquiring at night" in summaries


def test_it_is_a_calendar_that_programs_subscribe_to(client, world, one):
    response = read(client, create_feed(target=one, actor=world.bob, now=NOW))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = events(response)
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["VERSION"] == "2.0"
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in response.content
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))
    uids = [str(event["UID"]) for event in calendar.walk("VEVENT")]
    assert len(uids) == len(set(uids))
    for event in calendar.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY"} <= event.keys()
        assert event["DTSTART"].dt.utcoffset() == timedelta(0)


def test_a_person_reads_their_own_shifts_of_all_rotas(client, world, one):
    rota(world, name="Cards at night", some=[world.bob, world.alice])
    calendar = events(read(client, create_feed(target=world.bob, actor=world.bob, now=NOW)))
    assert len(expanded(calendar)) == world.bob.shifts.count()
    summaries = {str(event["SUMMARY"]) for event in calendar.walk("VEVENT")}
    assert summaries == {
        f"On call, {role}: {name}"
        for role in ("primary", "secondary")
        for name in ("Acquiring at night", "Cards at night")
    }


def test_a_team_reads_all_of_its_rotas(client, world, one):
    rota(world, name="Cards at night")
    calendar = events(read(client, create_feed(target=world.acquiring, actor=world.bob, now=NOW)))
    names = {str(event["SUMMARY"]).split(": ")[1] for event in calendar.walk("VEVENT")}
    assert names == {"Acquiring at night", "Cards at night"}


def test_an_event_keeps_its_uid_while_its_end_moves_and_counts_that(client, world, one):
    issued = create_feed(target=one, actor=world.bob, now=NOW)
    begins = at("2026-03-04T17:30")

    def alice():
        return next(
            event
            for event in events(read(client, issued)).walk("VEVENT")
            if event["DTSTART"].dt == begins and "Alice" in event["SUMMARY"]
        )

    before = alice()
    override, _ = make_override(
        rota=one,
        kind=Change.COVER,
        comes=world.bob,
        starts_at=at("2026-03-05T02:00"),
        ends_at=at("2026-03-05T09:00"),
        actor=world.alice,
        now=NOW,
    )
    during = alice()
    assert during["UID"] == before["UID"]
    assert during["DTEND"].dt == at("2026-03-05T02:00")
    assert during["SEQUENCE"] == before["SEQUENCE"] + 1
    cancel_override(override=override, actor=world.alice, now=NOW)
    assert alice()["DTEND"].dt == before["DTEND"].dt
    assert alice()["SEQUENCE"] == before["SEQUENCE"] + 2


def test_nothing_new_is_not_sent_again(client, world, one, time_machine):
    issued = create_feed(target=one, actor=world.bob, now=NOW)
    etag = read(client, issued)["ETag"]
    time_machine.move_to(NOW + timedelta(minutes=5), tick=False)
    assert read(client, issued, if_none_match=etag).status_code == 304
    make_override(
        rota=one,
        kind=Change.COVER,
        comes=world.bob,
        starts_at=at("2026-03-05T02:00"),
        ends_at=at("2026-03-05T09:00"),
        actor=world.alice,
        now=NOW,
    )
    assert read(client, issued, if_none_match=etag).status_code == 200


def test_a_revoked_feed_stops(client, world, one):
    issued = create_feed(target=one, actor=world.bob, now=NOW)
    assert read(client, issued).status_code == 200
    revoke_feed(feed=issued.feed, actor=world.bob, now=NOW)
    assert read(client, issued).status_code == 404
    with pytest.raises(FeedError):
        revoke_feed(feed=issued.feed, actor=world.bob, now=NOW)


@pytest.mark.parametrize("of", ["one", "acquiring"])
def test_a_feed_stops_when_its_maker_leaves_the_team(client, world, one, of):
    target = one if of == "one" else world.acquiring
    issued = create_feed(target=target, actor=world.bob, now=NOW)
    Membership.objects.filter(user=world.bob).delete()
    assert read(client, issued).status_code == 404


def test_a_feed_stops_when_its_maker_has_left(client, world, one):
    issued = create_feed(target=world.bob, actor=world.bob, now=NOW)
    world.bob.is_active = False
    world.bob.save()
    assert read(client, issued).status_code == 404


def test_an_unknown_feed_is_as_much_there_as_a_revoked_one(client, world):
    assert client.get(reverse("feed", args=["x" * 43])).status_code == 404
    assert client.get(reverse("feed-badge", args=["x" * 43, "checkout"])).status_code == 404


def test_nobody_makes_a_feed_of_a_foreign_team_or_of_somebody_else(world, one):
    for target in (one, world.acquiring, world.bob):
        with pytest.raises(NotAllowedError):
            create_feed(target=target, actor=world.charlie, now=NOW)
    assert not Feed.objects.exists()


def test_a_team_whose_number_is_that_of_a_person_is_not_them(world):
    same = UserFactory.create(pk=world.acquiring.pk + 100_000)
    world.lending.__class__.objects.filter(pk=world.lending.pk).update(slug="other")
    team = world.acquiring
    team.pk = same.pk
    with pytest.raises(NotAllowedError):
        create_feed(target=team, actor=same, now=NOW)


def test_who_oversees_the_company_makes_feeds_of_any_team(world, one):
    assert create_feed(target=one, actor=world.olive, now=NOW).secret


def test_only_the_digest_is_stored_and_nothing_tells_the_secret(world, one):
    issued = create_feed(target=one, actor=world.bob, now=NOW)
    stored = Feed.objects.get()
    assert issued.secret not in repr(issued)
    assert issued.secret.encode() not in bytes(stored.digest)
    assert all(issued.secret.encode() not in bytes(entry.body) for entry in Entry.objects.all())


def test_when_it_was_read_is_noted_at_most_once_an_hour(world, one):
    issued = create_feed(target=one, actor=world.bob, now=NOW)
    for minutes, noted in ((0, 0), (30, 0), (61, 61)):
        open_feed(secret=issued.secret, now=NOW + timedelta(minutes=minutes))
        issued.feed.refresh_from_db()
        assert issued.feed.last_used_at == NOW + timedelta(minutes=noted)


def test_a_feed_is_of_one_thing(world, one):
    for some in ({}, {"rota": one, "team": world.acquiring}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Feed.objects.create(
                prefix="x", digest=b"x" * 32, created_by=world.bob, created_at=NOW, **some
            )


# --- The page -----------------------------------------------------------------------------------


@pytest.fixture
def as_bob(client, world):
    client.force_login(world.bob)
    return client


def test_the_page_makes_a_feed_and_shows_its_address_once(as_bob, world, one):
    page = reverse("feeds")
    assert "No feed yet" in as_bob.get(page).content.decode()
    html = as_bob.post(page, {"target": f"rota:{one.slug}"}).content.decode()
    address = html.split('id="secret">')[1].split("<")[0]
    assert as_bob.get(address).status_code == 200
    later = as_bob.get(page).content.decode()
    assert address not in later
    assert Feed.objects.get().prefix in later


@pytest.mark.parametrize("target", ["", "rota:lending-at-night", "team:lending", "person:1"])
def test_the_page_offers_only_what_is_near(as_bob, world, one, target):
    response = as_bob.post(reverse("feeds"), {"target": target})
    assert response.status_code == 200
    assert not Feed.objects.exists()


def test_one_revokes_ones_own_feeds_alone(as_bob, world, one):
    mine = create_feed(target=one, actor=world.bob, now=NOW).feed
    other = create_feed(target=one, actor=world.alice, now=NOW).feed
    assert as_bob.post(reverse("feed-revoke", args=[other.pk])).status_code == 404
    assert as_bob.post(reverse("feed-revoke", args=[mine.pk])).status_code == 302
    mine.refresh_from_db()
    assert mine.revoked_at == NOW
    assert "Revoked" in as_bob.get(reverse("feeds")).content.decode()


def test_the_badge_opens_to_who_knows_a_feed(client, world, one):
    people(world)
    issued = create_feed(target=one, actor=world.bob, now=NOW)
    response = client.get(reverse("feed-badge", args=[issued.secret, "checkout"]))
    assert response["Content-Type"] == "image/svg+xml"
    assert client.get(reverse("feed-badge", args=[issued.secret, "nothing"])).status_code == 404
