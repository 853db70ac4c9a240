"""What is due goes out by a real mail server and a real HTTP server, and comes back when it fails."""

from datetime import timedelta
from uuid import uuid4

import pytest

from portal.notifications.adapters import outbox
from portal.notifications.models import (
    Attempt,
    ContactWay,
    Delivery,
    DeliveryState,
    KindPreference,
    Manner,
    Notice,
    NoticeOutcome,
    WayKind,
)
from portal.notifications.services import delivering, inbox, mending
from tests.factories import UserFactory
from tests.notifications.scene import KIND, tell, way
from tests.notifications.servers import mail_server_settings

GREYLISTED = "451 4.7.1 Greylisted, come back later"
UNKNOWN = "550 5.1.1 No such user here"


def states():
    return list(Delivery.objects.order_by("pk").values_list("way__label", "state", "attempts"))


def outcome():
    return Notice.objects.get().outcome


# --- Taken ----------------------------------------------------------------------------------


def test_a_mail_says_what_where_and_why(world, mail_server, deliver):
    way(world.alice, address="alice@example.com")
    tell(world.alice)
    deliver()
    [(recipients, mail)] = mail_server.mails
    assert recipients == ["alice@example.com"]
    assert mail["Subject"] == "Your answer is wanted: Alice asks you to take Tuesday night"
    text = mail.get_content()
    assert "Tue 3 Mar, 18:00 to Wed 4 Mar, 09:00." in text
    assert "http://127.0.0.1:8000/teams/acquiring/" in text
    assert "Why you get this: A colleague asks you to swap" in text
    assert mail["Auto-Submitted"] == "auto-generated"
    assert states() == [("mail of Alice", "SENT", 1)]
    assert outcome() == NoticeOutcome.DELIVERED


def test_nothing_in_a_title_becomes_a_header_or_markup(world, mail_server, deliver):
    way(world.alice)
    tell(world.alice, kind="oncall.shift.changed", title="Shift <b>\r\nBcc: eve@example.com & co")
    deliver()
    [(recipients, mail)] = mail_server.mails
    assert mail["Subject"] == "Shift <b> Bcc: eve@example.com & co"
    assert len(recipients) == 1


def test_a_webhook_gets_json_with_a_key_that_stays_the_same(world, receiver, deliver):
    way(world.alice, WayKind.WEBHOOK, address=f"{receiver.url}/hook/a?token=s3cret")
    receiver.statuses = [503]
    tell(world.alice)
    deliver()
    deliver(seconds=15)
    (path, first, _), (_, second, _) = receiver.posts
    assert path == "/hook/a?token=s3cret"
    assert first["Idempotency-Key"] == second["Idempotency-Key"]
    assert receiver.bodies[1]["title"].endswith("Alice asks you to take Tuesday night")
    assert states() == [("webhook of Alice", "SENT", 2)]


def test_ntfy_gets_the_topic_and_the_text(world, receiver, deliver):
    way(world.alice, WayKind.NTFY, address=f"{receiver.url}/alice-s3cret")
    tell(world.alice)
    deliver()
    assert states() == [("ntfy of Alice", "SENT", 1)]
    assert "Tue 3 Mar" in receiver.posts[0][2].decode()


def test_an_sms_is_one_line_of_at_most_160_characters_with_the_link(
    world, receiver, deliver, settings
):
    settings.NOTIFICATION_SMS_GATEWAY = f"json://127.0.0.1:{receiver.port}/sms/?-to={{to}}"
    way(world.alice, WayKind.SMS, address="+447700900123")
    tell(world.alice, title="A very long title " * 10)
    deliver()
    assert receiver.posts[0][0] == "/sms/?to=%2B447700900123"
    text = receiver.bodies[0]["message"]
    assert len(text) <= 160
    assert text.endswith("http://127.0.0.1:8000/teams/acquiring/")
    assert "\n" not in text


# --- Not taken ------------------------------------------------------------------------------


def test_greylisting_is_waited_for_and_the_same_mail_comes_again(world, mail_server, deliver):
    way(world.alice)
    tell(world.alice)
    mail_server.answers = [GREYLISTED, GREYLISTED]
    for pause in (0, 14, 1, 59, 1):
        deliver(seconds=pause)
    assert states() == [("mail of Alice", "SENT", 3)]
    assert [one.error for one in Attempt.objects.all()] == [
        "The mail server asks to come back later: 451 4.7.1 Greylisted, come back later"
    ] * 2


def test_an_address_that_is_refused_is_not_tried_again_and_the_next_way_has_its_turn_at_once(
    world, mail_server, receiver, deliver
):
    way(world.alice, label="mail")
    way(world.alice, WayKind.WEBHOOK, label="hook", address=f"{receiver.url}/hook")
    tell(world.alice)
    mail_server.answers = [UNKNOWN]
    deliver()
    assert states() == [("mail", "FAILED", 1), ("hook", "SENT", 1)]
    assert Delivery.objects.get(way__label="hook").why == (
        "By the next way, as mail failed: The mail server refused it: 550 5.1.1 No such user here"
    )
    failing = ContactWay.objects.get(label="mail")
    assert failing.last_failure == "The mail server refused it: 550 5.1.1 No such user here"
    assert outcome() == NoticeOutcome.DELIVERED


def test_a_server_that_is_away_is_tried_three_times_more_and_then_the_next_way_comes(
    world, mail_server, receiver, deliver
):
    mail_server.stop()
    way(world.alice, label="mail")
    way(world.alice, WayKind.WEBHOOK, label="hook", address=f"{receiver.url}/hook")
    tell(world.alice)
    for seconds in (0, 15, 60):
        deliver(seconds=seconds)
    assert states() == [("mail", "WAITING", 3)]
    deliver(minutes=5)
    assert states() == [("mail", "FAILED", 4), ("hook", "SENT", 1)]
    assert {one.error for one in Attempt.objects.all()} == {"There is no mail server at work."}


def test_a_server_that_comes_back_gets_the_mail_and_the_way_is_well_again(
    world, mail_server, deliver
):
    ContactWay.objects.filter(pk=way(world.alice).pk).update(
        last_failed_at=world.checkout.registered_at, last_failure="It failed before."
    )
    mail_server.stop()
    tell(world.alice)
    deliver()
    mail_server.start()
    deliver(seconds=15)
    assert states() == [("mail of Alice", "SENT", 2)]
    assert ContactWay.objects.get().last_failure == ""


def test_a_slow_server_costs_one_time_out_for_all_and_all_are_sent_later(
    world, mail_server, deliver, settings
):
    settings.EMAIL_TIMEOUT = 0.3
    mail_server.delay = 1
    people = [world.alice, world.bob, world.charlie]
    for person in people:
        way(person)
    tell(*people)
    deliver()
    assert set(Attempt.objects.values_list("error", flat=True)) == {
        "The mail server did not answer in time."
    }
    mail_server.delay = 0
    settings.EMAIL_TIMEOUT = 2
    deliver(seconds=15)
    assert {state for _, state, _ in states()} == {"SENT"}


def test_when_every_way_fails_the_notice_says_so_and_stays_in_the_inbox(
    world, mail_server, deliver
):
    way(world.alice)
    tell(world.alice)
    mail_server.answers = [UNKNOWN]
    deliver()
    notice = Notice.objects.get()
    assert notice.outcome == NoticeOutcome.UNDELIVERED
    assert notice.is_unread


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "The server refused it: HTTP 404."),
        (401, "The server refused it: HTTP 401."),
        (302, "The server sends elsewhere (HTTP 302), which is not followed."),
    ],
)
def test_an_http_refusal_is_final(world, receiver, deliver, status, words):
    receiver.statuses, receiver.location = [status], f"{receiver.url}/elsewhere"
    way(world.alice, WayKind.WEBHOOK, address=f"{receiver.url}/hook")
    tell(world.alice)
    deliver()
    assert states() == [("webhook of Alice", "FAILED", 1)]
    assert Attempt.objects.get().error == words
    assert len(receiver.posts) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_http_server_in_trouble_is_asked_again(world, receiver, deliver, status):
    receiver.statuses = [status]
    way(world.alice, WayKind.WEBHOOK, address=f"{receiver.url}/hook")
    tell(world.alice)
    deliver()
    assert states() == [("webhook of Alice", "WAITING", 1)]
    assert Attempt.objects.get().error == f"The server asks to come back later: HTTP {status}."


def test_a_host_that_is_no_longer_allowed_is_not_asked(world, receiver, deliver, settings):
    way(world.alice, WayKind.WEBHOOK, address=f"{receiver.url}/hook")
    settings.NOTIFICATION_ALLOWED_HOSTS = []
    tell(world.alice)
    deliver()
    assert receiver.posts == []
    assert "The portal may not send to 127.0.0.1" in Attempt.objects.get().error


def test_an_address_of_lost_keys_is_said_so(world, mail_server, deliver, settings):
    way(world.alice)
    tell(world.alice)
    settings.ENCRYPTION_KEYS = ["others"]
    deliver()
    assert Delivery.objects.get().error == delivering.SEALED


def test_a_new_key_in_front_opens_what_the_old_one_sealed(world, mail_server, deliver, settings):
    way(world.alice)
    tell(world.alice)
    settings.ENCRYPTION_KEYS = ["new", *settings.ENCRYPTION_KEYS]
    deliver()
    assert len(mail_server.mails) == 1


# --- Not needed any more --------------------------------------------------------------------


def test_what_was_read_in_the_inbox_first_is_not_sent(world, mail_server, deliver, now):
    way(world.alice)
    tell(world.alice)
    inbox.mark_all_read(user=world.alice, now=now)
    deliver()
    assert mail_server.mails == []
    assert states() == [("mail of Alice", "SKIPPED", 0)]
    assert outcome() == NoticeOutcome.READ


def test_nothing_goes_to_a_closed_account(world, mail_server, deliver):
    way(world.alice)
    tell(world.alice)
    world.alice.is_active = False
    world.alice.save()
    deliver()
    assert mail_server.mails == []
    assert Delivery.objects.get().error == delivering.CLOSED


# --- Many -----------------------------------------------------------------------------------


def test_five_come_one_by_one_and_six_together_as_one_that_names_all(world, mail_server, deliver):
    way(world.alice)
    way(world.bob)
    for number in range(6):
        tell(world.alice, key=f"a{number}", title=f"Notice {number}")
        if number:
            tell(world.bob, key=f"b{number}", kind="oncall.shift.changed", title=f"Bob {number}")
    deliver()
    assert sorted(mail_server.subjects) == ["6 notices", *(f"Bob {n}" for n in range(1, 6))]
    text = next(mail for _, mail in mail_server.mails if mail["Subject"] == "6 notices")
    for number in range(6):
        assert f"* Notice {number}" in text.get_content()
    assert {state for _, state, _ in states()} == {"SENT"}


def test_a_flood_waits_out_the_minute_and_comes_as_one_but_the_urgent_comes_at_once(
    world, mail_server, deliver
):
    way(world.alice)
    kind = "oncall.shift.changed"
    for number in range(5):
        tell(world.alice, key=f"a{number}", kind=kind, title=f"Notice {number}")
    deliver()
    for number in range(3):
        tell(world.alice, key=f"b{number}", kind=kind, title=f"More {number}")
    deliver(seconds=5)
    assert len(mail_server.mails) == 5
    tell(world.alice, key="c", kind=kind, title="Nobody is on call", urgency="urgent")
    deliver(seconds=5)
    assert mail_server.subjects[5:] == ["Nobody is on call"]
    deliver(seconds=60)
    assert mail_server.subjects[6:] == ["More 0", "More 1", "More 2"]


def test_the_digest_is_one_mail_of_the_day(world, mail_server, deliver):
    way(world.alice)
    KindPreference.objects.create(user=world.alice, kind=KIND, manner=Manner.DIGEST)
    for number in range(3):
        tell(world.alice, key=f"a{number}", title=f"Notice {number}")
    deliver()
    assert mail_server.mails == []
    deliver(hours=20)
    assert mail_server.subjects == ["Your day: 3 notices"]


def test_when_the_outbox_is_full_results_are_stored_twenty_at_a_time(
    world, mail_server, deliver, django_assert_max_num_queries
):
    people = [UserFactory.create() for _ in range(delivering.BATCH)]
    for person in people:
        way(person, address=person.email)
    tell(*people)
    with django_assert_max_num_queries(32):
        deliver()
    assert sorted(mail_server.recipients) == sorted(person.email for person in people)
    assert {state for _, state, _ in states()} == {"SENT"}


# --- Clocks, workers and the auditor ----------------------------------------------------------


def test_a_clock_that_steps_back_sends_nothing_twice_and_one_that_steps_on_nothing_late(
    world, mail_server, deliver, clock
):
    way(world.alice)
    tell(world.alice)
    deliver()
    deliver(hours=-2)
    deliver(hours=4)
    assert len(mail_server.mails) == 1
    tell(world.alice, key="later", now=clock.now)
    deliver(hours=-1)
    assert len(mail_server.mails) == 1  # it is due when the clock has come back to it
    deliver(hours=1)
    assert len(mail_server.mails) == 2


def test_a_claim_whose_worker_fell_silent_is_taken_back_after_a_minute(
    world, mail_server, deliver, clock
):
    way(world.alice)
    tell(world.alice)
    claim(clock)
    deliver(seconds=60)
    assert mail_server.mails == []
    deliver(seconds=1)
    assert states() == [("mail of Alice", "WAITING", 1)]
    deliver(seconds=15)
    assert states() == [("mail of Alice", "SENT", 2)]
    assert Attempt.objects.get().error == delivering.LOST


def test_a_worker_that_was_taken_for_dead_changes_nothing_of_what_another_did(
    world, mail_server, deliver, clock
):
    way(world.alice)
    tell(world.alice)
    late = claim(clock)
    deliver(seconds=61)
    deliver(seconds=15)
    before = Delivery.objects.values().get()
    delivery = Delivery.objects.get()
    assert outbox.sent({delivery.pk: late}, late, now=clock()) == 0
    outbox.hold([delivery.pk], late, until=clock())
    assert Delivery.objects.values().get() == before


def claim(clock):
    """Claim what is due as a worker does that then falls silent."""
    late = uuid4()
    assert outbox.claim_due(late, now=clock(), most=10)
    return late


@pytest.mark.parametrize("is_delivered", [True, False])
def test_the_auditor_ends_what_was_left_without_a_row(
    world, mail_server, deliver, clock, is_delivered
):
    way(world.alice)
    tell(world.alice)
    if is_delivered:
        deliver()
        Notice.objects.update(outcome=NoticeOutcome.OPEN)
    else:
        Delivery.objects.all().delete()
    assert mending.mend_notices(now=clock.now) == 0
    assert mending.mend_notices(now=clock.now + timedelta(minutes=2)) == 1
    clock.later(minutes=2)
    deliver()
    assert len(mail_server.mails) == 1
    assert outcome() == NoticeOutcome.DELIVERED


def test_the_auditor_leaves_alone_what_has_a_row_to_come(world, clock):
    way(world.alice)
    tell(world.alice)
    assert mending.mend_notices(now=clock.now + timedelta(days=1)) == 0
    assert Delivery.objects.get().state == DeliveryState.WAITING


def test_without_a_mail_server_nothing_breaks(world, settings, deliver, caplog):
    mail_server_settings(settings, 1)
    way(world.alice)
    tell(world.alice)
    deliver()
    assert "Traceback" not in caplog.text
    assert states() == [("mail of Alice", "WAITING", 1)]
