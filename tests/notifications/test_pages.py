"""Pages: the inbox, contact ways, preferences, quiet hours and the log of deliveries."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from portal.audit.models import Entry
from portal.core.metrics import PortalCollector
from portal.notifications.models import (
    ContactWay,
    Delivery,
    KindPreference,
    Manner,
    Notice,
    NoticeOutcome,
    QuietHours,
)
from portal.notifications.selectors.inbox import count_unread
from portal.notifications.services import log, preferences
from portal.notifications.services.testing import code_of
from portal.notifications.types import KINDS
from tests.notifications.scene import KIND, asked_way, notice, tell, way


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def alice(world, client):
    client.force_login(world.alice)
    return client


@pytest.fixture
def olive(world, client):
    client.force_login(world.olive)
    return client


def titles(response):
    return [one.title for one in response.context["page"].rows]


# --- Inbox ----------------------------------------------------------------------------------


def test_unread_notices_come_first_then_the_newest(world, alice, now):
    for number in range(4):
        tell(
            world.alice,
            key=f"n{number}",
            title=f"Notice {number}",
            now=now + timedelta(minutes=number),
        )
    for number in (1, 3):
        alice.post(f"/inbox/{Notice.objects.get(key=f'n{number}').pk}/mark/")
    assert titles(alice.get("/inbox/")) == ["Notice 2", "Notice 0", "Notice 3", "Notice 1"]
    assert titles(alice.get("/inbox/?show=unread")) == ["Notice 2", "Notice 0"]


def test_pages_of_the_inbox_lead_through_everything_once_in_few_queries(
    world, alice, django_assert_max_num_queries
):
    for number in range(70):
        tell(world.alice, key=f"n{number}", title=f"Notice {number}")
    seen, place = [], ""
    while True:
        with django_assert_max_num_queries(7):
            response = alice.get("/inbox/", {"place": place})
        seen += titles(response)
        place = response.context["page"].after
        if not place:
            break
    assert seen == [f"Notice {number}" for number in reversed(range(70))]


def test_opening_a_notice_marks_it_read_and_leads_to_what_it_is_about(world, alice):
    found = notice(world, world.alice)
    response = alice.get(f"/inbox/{found.pk}/")
    assert response["Location"] == "/teams/acquiring/"
    found.refresh_from_db()
    assert not found.is_unread


def test_all_are_marked_read_and_that_is_taken_back(world, alice, now):
    read = notice(world, world.alice, key="read")
    alice.post(f"/inbox/{read.pk}/mark/")
    for number in range(3):
        tell(world.alice, key=f"n{number}", now=now + timedelta(minutes=1))
    assert count_unread(world.alice) == 3
    tell(world.bob)
    later = now + timedelta(minutes=5)
    Notice.objects.filter(pk=read.pk).update(read_at=later)
    response = alice.post("/inbox/read-all/", follow=True)
    assert count_unread(world.alice) == 0
    assert count_unread(world.bob) == 1
    undo = re.search(r'name="at" value="([^"]+)"', response.text)
    assert undo
    alice.post("/inbox/undo/", {"at": undo[1]})
    assert count_unread(world.alice) == 3


def test_marking_all_of_a_kind_leaves_the_others(world, alice):
    tell(world.alice, key="a")
    tell(world.alice, key="b", kind="oncall.gap.found")
    alice.post("/inbox/read-all/", {"kind": KIND})
    assert count_unread(world.alice) == 1


def test_undo_without_an_instant_takes_nothing_back(world, alice):
    for at in ("", "yesterday", "2026-03-04T12:00:00"):
        response = alice.post("/inbox/undo/", {"at": at}, follow=True)
        assert "There is nothing to take back." in response.text


def test_a_filter_narrows_and_an_unreadable_one_finds_nothing(world, alice):
    tell(world.alice, key="a")
    tell(world.alice, key="b", kind="oncall.gap.found", title="Nobody on Sunday")
    assert titles(alice.get("/inbox/?kind=oncall.gap.found")) == ["Nobody on Sunday"]
    assert "Nothing of this kind" in alice.get("/inbox/?kind=none").text


def test_the_header_of_every_page_counts_what_is_unread(world, alice):
    assert 'aria-label="Inbox"' in alice.get("/profile/").text
    tell(world.alice)
    assert 'aria-label="Inbox, 1 unread"' in alice.get("/profile/").text
    for number in range(120):
        tell(world.alice, key=f"n{number}")
    assert 'aria-label="Inbox, 99+ unread"' in alice.get("/profile/").text


def test_what_was_told_is_text_and_never_markup(world, alice):
    tell(world.alice, title="<script>alert(1)</script>", text="<b>bold</b>")
    text = alice.get("/inbox/").text
    assert "<script>alert" not in text
    assert "&lt;b&gt;bold" in text


def test_nothing_leads_off_the_portal(world, alice):
    found = notice(world, world.alice)
    response = alice.post(f"/inbox/{found.pk}/mark/", {"next": "https://evil.example.com/"})
    assert response["Location"] == "/inbox/"


# --- Contact ways ---------------------------------------------------------------------------


def test_a_way_is_added_tested_and_answered(world, alice, mail_server, deliver):
    assert "No contact way yet" in alice.get("/account/contacts/").text
    response = alice.post("/account/contacts/new/mail/", {"address": "alice"})
    assert "valid email address" in response.text
    alice.post("/account/contacts/new/mail/", {"address": "a@example.com", "label": "Work"})
    added = ContactWay.objects.get(label="Work")
    page = f"/account/contacts/{added.pk}/"
    alice.post(f"{page}test/")
    deliver()
    assert "Type the code that it carries" in alice.get(page).text
    response = alice.post(f"{page}answer/", {"code": "WRONG"}, follow=True)
    assert "That is not the code." in response.text
    added.refresh_from_db()
    link = re.search(r"/account/\S+", mail_server.mails[0][1].get_content())
    assert link
    assert f'value="{code_of(added)}"' in alice.get(link[0]).text
    added.refresh_from_db()
    assert added.verified_at is None  # opening a link is not an answer: scanners of mail open it
    response = alice.post(f"{page}answer/", {"code": code_of(added)}, follow=True)
    assert "Work is verified." in response.text


def test_a_test_that_failed_says_why(world, alice, mail_server, deliver):
    asked = asked_way(world.alice)
    mail_server.answers = ["550 No such user"]
    deliver()
    text = alice.get(f"/account/contacts/{asked.pk}/").text
    assert "The test could not be sent: The mail server refused it: 550 No such user" in text


def test_a_way_is_renamed_moved_and_removed(world, alice):
    way(world.alice, label="first")
    second = way(world.alice, label="second")
    page = f"/account/contacts/{second.pk}/"
    alice.post(page, {"label": "other"})
    alice.post(f"{page}earlier/")
    labels = [way.label for way, _ in alice.get("/account/contacts/").context["rows"]]
    assert labels == ["other", "first"]
    assert "Its address is erased" in alice.get(f"{page}remove/").text
    alice.post(f"{page}remove/")
    assert alice.get(page).status_code == 404


def test_the_secret_part_of_an_address_is_on_no_page(world, alice):
    found = way(world.alice, "ntfy", address="https://ntfy.sh/secret-topic")
    for page in ("/account/contacts/", f"/account/contacts/{found.pk}/"):
        text = alice.get(page).text
        assert "https://ntfy.sh/" in text
        assert "secret-topic" not in text


def test_a_kind_that_is_not_offered_is_not_there(alice):
    for kind in ("sms", "pigeon"):
        assert alice.get(f"/account/contacts/new/{kind}/").status_code == 404


# --- Preferences and quiet hours -----------------------------------------------------------


def everything(**changed):
    return {"digest_hour": "8"} | {f"{name}-manner": "AT_ONCE" for name in KINDS} | changed


def test_preferences_are_kept_and_told_once(world, alice):
    found = way(world.alice, label="Work")
    chosen = everything(
        **{f"{KIND}-manner": "DIGEST", f"{KIND}-ways": [found.pk], "digest_hour": "7"}
    )
    alice.post("/account/notifications/", chosen)
    alice.post("/account/notifications/", chosen)
    kept = KindPreference.objects.get()
    assert (kept.kind, kept.manner, [*kept.ways.all()]) == (KIND, Manner.DIGEST, [found])
    assert Entry.objects.filter(event="notifications.preferences.changed").count() == 1
    text = alice.get("/account/notifications/").text
    assert re.search(r'<option value="7" selected>', text)
    alice.post("/account/notifications/", everything())
    assert not KindPreference.objects.exists()


def test_what_is_no_choice_changes_nothing(world, alice):
    foreign = way(world.bob)
    way(world.alice)
    for wrong in (
        {"digest_hour": "24"},
        {f"{KIND}-manner": "LOUD"},
        {f"{KIND}-ways": [foreign.pk]},
    ):
        response = alice.post("/account/notifications/", everything(**wrong))
        assert response.status_code == 200
        assert "errorlist" in response.text
    assert not KindPreference.objects.exists()


def test_a_service_refuses_the_way_of_somebody_else(world, now):
    choice = preferences.Choice(ways=frozenset({way(world.bob).pk}))
    with pytest.raises(ValidationError):
        preferences.change_preferences(
            digest_hour=8, kinds={KIND: choice}, actor=world.alice, now=now
        )


def windows(*rows):
    data: dict[str, object] = {}
    for number, (begins, ends, days) in enumerate(rows):
        data |= {f"w{number}-begins": begins, f"w{number}-ends": ends, f"w{number}-days": days}
    return data


def test_quiet_hours_are_kept_and_emptied(world, alice):
    alice.post(
        "/account/quiet-hours/",
        windows(("22:00", "07:00", [1, 2, 3]), ("12:00", "13:00", [7]), ("", "", [1])),
    )
    assert [str(one) for one in QuietHours.objects.all()] == ["12:00 to 13:00", "22:00 to 07:00"]
    alice.post("/account/quiet-hours/", windows(("", "", [1])))
    assert not QuietHours.objects.exists()
    assert Entry.objects.filter(event="notifications.quiet_hours.changed").count() == 2


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("22:00", "", [1]), "Say both"),
        (("22:00", "22:00", [1]), "It ends as it begins"),
        (("22:00", "07:00", []), "Choose at least one day"),
        (("25:00", "07:00", [1]), "valid time"),
        (("22:00", "07:00", [8]), "not one of the available choices"),
    ],
)
def test_quiet_hours_that_are_none_say_what_is_wrong(alice, row, words):
    response = alice.post("/account/quiet-hours/", windows(row))
    assert words in response.text
    assert not QuietHours.objects.exists()


# --- The log --------------------------------------------------------------------------------


@pytest.fixture
def failed(world, mail_server, deliver):
    way(world.bob)
    tell(world.bob)
    mail_server.answers = ["550 No such user"]
    deliver()
    return Delivery.objects.get()


def test_a_person_sees_their_own_and_operations_everybodys(world, client, failed):
    client.force_login(world.bob)
    assert titles(client.get("/account/deliveries/")) == [failed.title]
    assert client.get("/deliveries/").status_code == 403
    client.force_login(world.alice)
    assert titles(client.get("/account/deliveries/")) == []
    client.force_login(world.audrey)
    assert titles(client.get("/deliveries/?state=FAILED&person=bob@example.com")) == [failed.title]
    assert titles(client.get("/deliveries/?person=alice@example.com")) == []
    assert "Try again" not in client.get(failed.get_absolute_url()).text


def test_a_failed_delivery_is_tried_again_by_hand(world, olive, failed, mail_server, deliver):
    text = olive.get(failed.get_absolute_url()).text
    assert "The mail server refused it: 550 No such user" in text
    olive.post(f"{failed.get_absolute_url()}retry/")
    assert Notice.objects.get().outcome == NoticeOutcome.OPEN
    deliver()
    assert Notice.objects.get().outcome == NoticeOutcome.DELIVERED
    response = olive.post(f"{failed.get_absolute_url()}retry/", follow=True)
    assert "It did not fail: sent." in response.text


def test_a_retry_that_fails_again_ends_it_again(world, olive, failed, mail_server, deliver):
    mail_server.answers = ["451 Later"]
    olive.post(f"{failed.get_absolute_url()}retry/")
    deliver()
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == ("FAILED", 2)
    assert Notice.objects.get().outcome == NoticeOutcome.UNDELIVERED


@pytest.mark.parametrize("what", ["test", "removed"])
def test_what_cannot_be_tried_again_says_why(world, olive, failed, what, now):
    if what == "test":
        Delivery.objects.update(notice=None, purpose="TEST")
    else:
        ContactWay.objects.update(removed_at=now, sealed_address=None, address_digest=None)
    response = olive.post(f"{failed.get_absolute_url()}retry/", follow=True)
    words = {"test": "A test is not repeated.", "removed": "Its contact way was removed."}
    assert words[what] in response.text


def test_the_log_is_taken_away_as_csv_and_that_is_on_record(world, olive, failed):
    Notice.objects.update(title="=SUM(A1)")
    response = olive.get("/deliveries/?format=csv&state=FAILED")
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert lines[1].split(",")[4] == "'=SUM(A1)"
    assert Entry.objects.latest("id").event == "notifications.deliveries.exported"


def test_the_pages_stay_within_their_queries(world, client, django_assert_max_num_queries):
    for number in range(3):
        asked_way(world.bob)
        way(world.bob, label=f"w{number}")
    for number in range(30):
        tell(world.bob, world.alice, key=f"n{number}")
    delivery = Delivery.objects.filter(user=world.bob).first()
    assert delivery
    pages = ["/inbox/", "/account/contacts/", "/account/notifications/", "/account/quiet-hours/"]
    pages += ["/account/deliveries/", delivery.get_absolute_url(), delivery.way.get_absolute_url()]
    client.force_login(world.bob)
    for page in pages:
        with django_assert_max_num_queries(8):
            assert client.get(page).status_code == 200
    client.force_login(world.olive)
    with django_assert_max_num_queries(8):
        client.get("/deliveries/")


def test_the_gauges_tell_what_is_due_and_what_failed(world, failed, now):
    way(world.alice)
    tell(world.alice, key="due", now=now - timedelta(minutes=5))
    told = {
        metric.name: metric.samples[0].value
        for metric in PortalCollector(now=now).collect()
        if "deliver" in metric.name
    }
    assert told == {
        "quarterdeck_deliveries_due": 1,
        "quarterdeck_delivery_oldest_due_seconds": 300,
        "quarterdeck_deliveries_failed": 1,
    }


def test_what_was_read_long_ago_is_forgotten_and_what_was_not_stays(world, now, settings):
    settings.NOTIFICATION_KEPT_DAYS = 30
    way(world.alice)
    for key in ("read", "unread"):
        tell(world.alice, key=key)
    Notice.objects.filter(key="read").update(read_at=now, placed_at=now)
    assert log.forget_old(now=now + timedelta(days=29)) == 0
    log.forget_old(now=now + timedelta(days=31))
    assert [one.key for one in Notice.objects.all()] == ["unread"]
    assert Delivery.objects.count() == 1
