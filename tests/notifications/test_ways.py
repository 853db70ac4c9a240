"""Contact ways: which addresses are taken, and how one is verified."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.audit.selectors import entry_view
from portal.notifications.adapters import channels, hosts
from portal.notifications.models import ContactWay, Delivery, WayKind, WayState
from portal.notifications.selectors.ways import reachability, verified_ways
from portal.notifications.services import ways as services
from portal.notifications.services.testing import MOST_GUESSES, code_of
from tests.notifications.scene import asked_way, tell, way

SLACK = "https://hooks.slack.com/services/T0001/B0001/abcdefghijklmnop"
TEAMS = (
    "https://prod-10.westeurope.logic.azure.com:443/workflows/3e8a/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abc-def"
)


@pytest.fixture(autouse=True)
def allowed(settings):
    settings.NOTIFICATION_ALLOWED_HOSTS = [
        "hooks.slack.com",
        "*.logic.azure.com",
        "ntfy.sh",
        "gateway.internal",
        "*.example.com",
    ]
    settings.NOTIFICATION_SMS_GATEWAY = "json://gateway.internal/?-to={to}"


def add(user, now, kind=WayKind.MAIL, address="alice@example.com", label=""):
    return services.add_way(kind=kind, address=address, label=label, actor=user, now=now)


# --- Addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "address", "kept"),
    [
        (WayKind.MAIL, " alice@example.com ", "alice@example.com"),
        (WayKind.SMS, "+44 (7700) 900-123", "+447700900123"),
        (WayKind.SLACK, SLACK, SLACK),
        (WayKind.TEAMS, TEAMS, TEAMS),
        (WayKind.NTFY, "https://ntfy.sh/my-topic", "https://ntfy.sh/my-topic"),
        (WayKind.WEBHOOK, "https://hook.example.com/a?b=c", "https://hook.example.com/a?b=c"),
        (WayKind.WEBHOOK, "http://gateway.internal:8080/x", "http://gateway.internal:8080/x"),
    ],
)
def test_an_address_of_each_kind_is_kept_sealed(world, now, kind, address, kept):
    added = add(world.alice, now, kind, address)
    added.refresh_from_db()
    assert added.address == kept
    with connection.cursor() as cursor:
        cursor.execute("SELECT contactway::text FROM notifications_contactway AS contactway")
        (row,) = cursor.fetchone()
    assert kept not in row
    assert kept.encode().hex() not in row


@pytest.mark.parametrize(
    ("kind", "address", "words"),
    [
        (WayKind.MAIL, "alice", "valid email"),
        (WayKind.MAIL, "a@example.com\nBcc: b@example.com", "valid email"),
        (WayKind.SMS, "07700 900123", "Write it as \\+44"),
        (WayKind.SMS, "+44", "Write it as \\+44"),
        (WayKind.SMS, "+447700900123?x=1", "Write it as \\+44"),
        (WayKind.SLACK, "https://hooks.slack.com/", "begins with"),
        (WayKind.SLACK, SLACK.replace("hooks.slack.com", "ntfy.sh"), "begins with"),
        (WayKind.TEAMS, "https://a.logic.azure.com/workflows/x/", "sig="),
        (WayKind.TEAMS, "https://a.logic.azure.com/?sig=x", "/workflows/"),
        (WayKind.NTFY, "https://ntfy.sh/", "topic"),
        (WayKind.NTFY, "https://ntfy.sh/a/b", "topic"),
        (WayKind.NTFY, "https://ntfy.sh/a?x=1", "topic"),
        (WayKind.WEBHOOK, "https://elsewhere.test/x", "NOTIFICATION_ALLOWED_HOSTS"),
        (WayKind.WEBHOOK, "https://127.0.0.1/x", "may not send to 127.0.0.1"),
        (WayKind.WEBHOOK, "https://[::1]/x", "may not send to ::1"),
        (WayKind.WEBHOOK, "https://2130706433/x", "may not send to"),
        (WayKind.WEBHOOK, "https://example.com.evil.test/x", "may not send to"),
        (WayKind.WEBHOOK, "http://hook.example.com/x", "Use https"),
        (WayKind.WEBHOOK, "ftp://hook.example.com/x", "no web address"),
        (WayKind.WEBHOOK, "file:///etc/passwd", "no web address"),
        (WayKind.WEBHOOK, "https://", "no web address"),
        (WayKind.WEBHOOK, "https://hook.example.com:99999/", "no web address"),
        (WayKind.WEBHOOK, "https://hook.example.com/a b", "no web address"),
        (WayKind.WEBHOOK, "https://hook.example.com\\@evil.test/", "no web address"),
        (WayKind.WEBHOOK, "https://user:word@hook.example.com/", "Leave out the name"),
        (WayKind.WEBHOOK, "https://hook.example.com/" + "x" * 1000, "at most 1000"),
    ],
)
def test_an_address_that_is_none_says_what_is_wrong(world, now, kind, address, words):
    with pytest.raises(ValidationError, match=words):
        add(world.alice, now, kind, address)
    assert not ContactWay.objects.exists()


@pytest.mark.parametrize("kind", [one for one in WayKind if one != WayKind.MAIL])
def test_no_address_can_switch_an_option_of_apprise(kind):
    address = {
        WayKind.SMS: "+447700900123",
        WayKind.SLACK: SLACK,
        WayKind.TEAMS: TEAMS + "&redirect=yes&verify=no",
        WayKind.NTFY: "https://ntfy.sh/topic",
        WayKind.WEBHOOK: "https://hook.example.com/x?redirect=yes&verify=no&method=GET&-y=1",
    }[kind]
    channel = channels.CHANNELS[kind]
    assert isinstance(channel, channels.AppriseChannel)
    plugin = channel.apprise_url(address, key="k")
    if kind != WayKind.SMS:
        assert plugin.count("redirect=no") == plugin.count("verify=yes") == 1
    assert "&method=" not in plugin


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "100.64.0.1"]
)
def test_a_name_below_a_pattern_must_not_lead_into_a_private_network(address):
    with pytest.raises(hosts.HostNotAllowedError, match="not a public address"):
        hosts.require_public("hook.example.com", ["93.184.215.14", address])
    hosts.require_public("hook.example.com", ["93.184.215.14", "2606:2800:21f::1"])


def test_a_host_that_is_listed_by_its_own_name_may_be_within_the_company():
    hosts.require_safe("gateway.internal", 443)


def test_the_same_address_is_there_once_and_again_once_it_was_removed(world, now):
    first = add(world.alice, now)
    with pytest.raises(services.WayError, match="already"):
        add(world.alice, now)
    add(world.bob, now)
    services.remove_way(way=first, actor=world.alice, now=now)
    add(world.alice, now)


def test_a_kind_that_operations_did_not_choose_is_not_offered(world, now, settings):
    settings.NOTIFICATION_KINDS = ["mail"]
    assert [one.kind for one in channels.offered()] == [WayKind.MAIL]
    with pytest.raises(services.WayError, match="not offered"):
        add(world.alice, now, WayKind.NTFY, "https://ntfy.sh/topic")


def test_without_a_gateway_no_sms_is_offered(settings):
    settings.NOTIFICATION_SMS_GATEWAY = ""
    assert WayKind.SMS not in {one.kind for one in channels.offered()}


def test_there_are_at_most_ten(world, now):
    for number in range(10):
        add(world.alice, now, address=f"a{number}@example.com")
    with pytest.raises(services.WayError, match="10 ways"):
        add(world.alice, now, address="one-more@example.com")


# --- Changes --------------------------------------------------------------------------------


def test_the_order_is_changed_one_step_at_a_time_and_the_first_stays(world, now):
    for label in "abc":
        way(world.alice, label=label)
    last = ContactWay.objects.get(label="c")
    for _ in range(3):
        services.try_earlier(way=last, actor=world.alice, now=now)
    assert [one.label for one in verified_ways(world.alice)] == ["c", "a", "b"]
    assert Entry.objects.count() == 2


def test_a_removed_way_keeps_its_name_and_loses_its_address(world, now, mail_server, deliver):
    first = way(world.alice, label="first")
    way(world.alice, label="second", address="second@example.com")
    tell(world.alice)
    services.remove_way(way=first, actor=world.alice, now=now)
    first.refresh_from_db()
    assert (first.label, first.sealed_address, first.address_digest) == ("first", None, None)
    deliver()
    assert mail_server.recipients == ["second@example.com"]
    with pytest.raises(services.WayError, match="removed"):
        services.rename_way(way=first, label="x", actor=world.alice, now=now)


@pytest.mark.parametrize("label", ["", "  ", "x" * 61])
def test_a_name_is_neither_empty_nor_long(world, now, label):
    with pytest.raises(services.WayError, match="1 to 60"):
        services.rename_way(way=way(world.alice), label=label, actor=world.alice, now=now)


def test_nobody_touches_anothers_way(world, now):
    theirs = way(world.alice)
    for change in (services.remove_way, services.try_earlier, services.send_test):
        with pytest.raises(NotAllowedError):
            change(way=theirs, actor=world.olive, now=now)
    with pytest.raises(NotAllowedError):
        services.answer_test(way=theirs, code="x", actor=world.olive, now=now)


def test_the_trail_tells_of_a_way_and_never_of_its_address(world, now):
    add(world.alice, now, WayKind.NTFY, "https://ntfy.sh/secret-topic", "Phone")
    entry = Entry.objects.get()
    assert "added a contact way" in entry_view(entry).sentence
    assert b"secret-topic" not in bytes(entry.body)


# --- Tests of ways --------------------------------------------------------------------------


def test_a_test_carries_a_code_that_verifies(world, mail_server, deliver, now):
    asked = asked_way(world.alice)
    assert asked.state(now) == WayState.ASKED
    assert verified_ways(world.alice) == []
    deliver()
    [(_, mail)] = mail_server.mails
    code = mail["Subject"].rpartition(" ")[2]
    assert f"/account/contacts/{asked.pk}/?code={code}" in mail.get_content()
    spaced = f" {code[:4].lower()} {code[4:]} "
    services.answer_test(way=asked, code=spaced, actor=world.alice, now=now)
    [verified] = verified_ways(world.alice)
    assert verified.state(now) == WayState.VERIFIED


def test_a_code_is_good_once_and_for_its_own_test_alone(world, now):
    asked, other = asked_way(world.alice), asked_way(world.alice)
    old = code_of(asked)
    with pytest.raises(services.WrongAnswerError):
        services.answer_test(way=asked, code=code_of(other), actor=world.alice, now=now)
    later = now + timedelta(minutes=2)
    services.send_test(way=asked, actor=world.alice, now=later)
    with pytest.raises(services.WrongAnswerError):
        services.answer_test(way=asked, code=old, actor=world.alice, now=later)
    asked.refresh_from_db()
    services.answer_test(way=asked, code=code_of(asked), actor=world.alice, now=later)
    with pytest.raises(services.WayError, match="No test"):
        services.answer_test(way=asked, code=code_of(asked), actor=world.alice, now=later)


def test_after_an_hour_a_test_is_unanswered_and_its_code_is_void(world, now):
    asked = asked_way(world.alice)
    hour = now + timedelta(hours=1)
    assert asked.state(hour) == WayState.ASKED
    late = hour + timedelta(seconds=1)
    assert asked.state(late) == WayState.UNANSWERED
    with pytest.raises(services.WayError, match="good for an hour"):
        services.answer_test(way=asked, code=code_of(asked), actor=world.alice, now=late)


def test_guessing_ends_after_ten_wrong_codes(world, now):
    asked = asked_way(world.alice)
    for _ in range(MOST_GUESSES):
        with pytest.raises(services.WrongAnswerError, match="not the code"):
            services.answer_test(way=asked, code="AAAAAAAA", actor=world.alice, now=now)
    with pytest.raises(services.WrongAnswerError, match="too many"):
        services.answer_test(way=asked, code=code_of(asked), actor=world.alice, now=now)


def test_after_90_days_a_way_is_old_and_still_used(world, now):
    found = way(world.alice)
    assert found.state(now + timedelta(days=90)) == WayState.VERIFIED
    assert found.state(now + timedelta(days=91)) == WayState.STALE
    assert verified_ways(world.alice) == [found]


def test_tests_are_a_minute_apart_and_ten_an_hour(world, now):
    asked = asked_way(world.alice)
    with pytest.raises(services.WayError, match="less than a minute"):
        services.send_test(way=asked, actor=world.alice, now=now)
    for minute in range(1, 10):
        later = now + timedelta(minutes=minute)
        services.send_test(way=asked, actor=world.alice, now=later)
    with pytest.raises(services.WayError, match="within the hour"):
        services.send_test(way=asked, actor=world.alice, now=now + timedelta(minutes=10))
    assert Delivery.objects.filter(state="WAITING").count() == 1


def test_a_test_that_is_refused_says_so_and_is_not_repeated(world, mail_server, deliver):
    asked_way(world.alice)
    mail_server.answers = ["550 No such user"]
    deliver()
    deliver(minutes=10)
    assert Delivery.objects.get().error == "The mail server refused it: 550 No such user"


def test_reachability_is_one_query_for_any_number_of_people(world, now, django_assert_num_queries):
    way(world.alice)
    way(world.alice, verified_at=now - timedelta(days=100))
    way(world.alice, verified_at=now - timedelta(days=2))
    asked_way(world.bob, now=now - timedelta(hours=2))
    with django_assert_num_queries(1):
        found = reachability([world.alice, world.bob, world.charlie], now)
    alice, bob, charlie = (found[one.pk] for one in (world.alice, world.bob, world.charlie))
    assert (alice.verified, alice.stale, alice.last_answered_at) == (2, 1, now)
    assert alice.is_enough
    assert (bob.verified, bob.unanswered, bob.is_enough) == (0, 1, False)
    assert (charlie.verified, charlie.last_answered_at) == (0, None)
