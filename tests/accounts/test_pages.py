"""Sign-in, sign-out, passwords and the profile, as pages."""

import re
import time

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import override_settings

from portal.audit.events import AuditEvent
from portal.audit.models import Entry

PASSWORD = "correct horse battery"
OTHER = "staple the correct horse"
TOO_MANY = "Too many wrong passwords"


@pytest.fixture(autouse=True)
def _fresh_throttles():
    caches["default"].clear()


@pytest.fixture
def alice(world, client):
    client.force_login(world.alice)
    return world.alice


@pytest.fixture
def redis_away():
    """A cache whose server nobody answers at, and that starts with an empty memory."""
    there = settings.CACHES["default"]
    with override_settings(CACHES={"default": there | {"LOCATION": "redis://127.0.0.1:1/0"}}):
        LocMemCache("fallback", {}).clear()
        yield


def sign_in(client, password=PASSWORD, email="alice@example.com"):
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_every_page_asks_for_sign_in_and_comes_back(world, client):
    response = client.get("/profile/")
    assert response.headers["Location"] == "/accounts/login/?next=/profile/"
    response = client.post(
        response.headers["Location"], {"login": "alice@example.com", "password": PASSWORD}
    )
    assert response.headers["Location"] == "/profile/"
    assert client.get("/profile/").status_code == 200


def test_sign_in_never_leads_out_of_the_portal(world, client):
    response = client.post(
        "/accounts/login/?next=https://evil.example",
        {"login": "alice@example.com", "password": PASSWORD},
    )
    assert response.headers["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_read_the_same(world, client):
    words = "That e-mail and password do not fit together."
    assert words in sign_in(client, "wrong").text
    assert words in sign_in(client, email="nobody@example.com").text


def test_the_sixth_wrong_password_is_refused_and_even_the_right_one_then(world, client):
    for _ in range(5):
        assert TOO_MANY not in sign_in(client, "wrong").text
    assert TOO_MANY in sign_in(client, "wrong").text
    assert TOO_MANY in sign_in(client).text
    # Somebody else at the same address is let in.
    assert sign_in(client, email="bob@example.com").status_code == 302


def test_a_flood_from_one_address_gets_a_page_that_says_so(world, client):
    answers = [sign_in(client, email=f"x{n}@example.com") for n in range(31)]
    assert answers[-1].status_code == 429
    assert "Too many attempts" in answers[-1].text


def test_without_redis_people_sign_in_at_once(world, client, redis_away):
    started = time.monotonic()
    assert sign_in(client).status_code == 302
    assert client.get("/profile/").status_code == 200
    assert time.monotonic() - started < 2


def test_without_redis_guessing_is_throttled_all_the_same(world, client, redis_away):
    for _ in range(5):
        assert TOO_MANY not in sign_in(client, "wrong").text
    assert TOO_MANY in sign_in(client).text


def test_a_session_ends_after_twelve_hours(world, client):
    sign_in(client)
    assert client.cookies["sessionid"]["max-age"] == 12 * 3600
    assert client.session.get_expiry_age() == 12 * 3600


def test_a_closed_account_cannot_sign_in(world, client):
    world.alice.is_active = False
    world.alice.save()
    sign_in(client)
    assert client.get("/profile/").status_code == 302


def test_nobody_signs_up(world, client):
    response = client.get("/accounts/signup/")
    assert "Accounts come from operations" in response.text
    response = client.post(
        "/accounts/signup/", {"email": "mallory@example.com", "password1": OTHER}
    )
    assert "Accounts come from operations" in response.text
    assert sign_in(client, OTHER, "mallory@example.com").status_code == 200


@pytest.mark.parametrize("path", ["email/", "confirm-email/", "reauthenticate/", "3rdparty/"])
def test_what_allauth_offers_beyond_local_accounts_has_no_route(alice, client, path):
    assert client.get(f"/accounts/{path}").status_code == 404


def test_signing_out_is_a_post(alice, client):
    assert "Sign out?" in client.get("/accounts/logout/").text
    assert client.get("/profile/").status_code == 200
    assert client.post("/accounts/logout/").headers["Location"] == "/accounts/login/"
    assert client.get("/profile/").status_code == 302


def test_the_password_changes_and_other_sessions_end(alice, client, django_user_model):
    elsewhere = type(client)()
    sign_in(elsewhere)
    response = client.post(
        "/accounts/password/",
        {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER},
    )
    assert response.headers["Location"] == "/profile/"
    assert "Password changed." in client.get("/profile/").text
    assert elsewhere.get("/profile/").status_code == 302
    entry = Entry.objects.get(event=AuditEvent.PASSWORD_CHANGED)
    assert entry.actor == entry.subject == "user:alice@example.com"
    assert OTHER.encode() not in bytes(entry.body)


@pytest.mark.parametrize("weak", ["short", "passwordpassword"[:8], "alice@example.com"])
def test_a_weak_password_is_refused(alice, client, weak):
    response = client.post(
        "/accounts/password/", {"oldpassword": PASSWORD, "password1": weak, "password2": weak}
    )
    assert response.status_code == 200
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_forgotten_password_is_replaced_by_mail_once(world, client):
    client.post("/accounts/password/reset/", {"email": "alice@example.com"})
    (message,) = mail.outbox
    assert message.subject == "A new password for Quarterdeck"
    (path,) = re.findall(r"http://testserver(/\S+)", str(message.body))
    form = client.get(path, follow=True)
    address = form.request["PATH_INFO"]
    response = client.post(address, {"password1": OTHER, "password2": OTHER}, follow=True)
    assert "The new password is set" in response.text
    assert sign_in(client, OTHER).status_code == 302
    assert "This link is spent" in type(client)().get(path, follow=True).text
    assert Entry.objects.filter(event=AuditEvent.PASSWORD_CHANGED).count() == 1


def test_a_stranger_learns_nothing_and_gets_no_mail(world, client):
    known = client.post("/accounts/password/reset/", {"email": "alice@example.com"}, follow=True)
    unknown = client.post("/accounts/password/reset/", {"email": "who@example.com"}, follow=True)
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]
    assert known.redirect_chain == unknown.redirect_chain
    assert known.status_code == unknown.status_code == 200


def test_a_mail_server_that_is_away_breaks_nothing(world, client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    response = client.post(
        "/accounts/password/reset/", {"email": "alice@example.com"}, follow=True
    )
    assert "Look into your mail" in response.text


@pytest.mark.parametrize("path", ["/", "/profile/", "/search/", "/accounts/password/"])
def test_the_pages_of_a_person_render(alice, client, path):
    assert client.get(path).status_code == 200


def test_the_profile_changes(alice, client):
    response = client.post(
        "/profile/", {"name": "Alice L.", "zone": "asia/kolkata", "theme": "DARK"}
    )
    assert response.headers["Location"] == "/profile/"
    alice.refresh_from_db()
    assert (alice.name, alice.zone, alice.theme) == ("Alice L.", "Asia/Kolkata", "DARK")
    assert 'data-theme="dark"' in client.get("/profile/").text


def test_a_profile_that_does_not_fit_says_why_beside_the_field(alice, client):
    response = client.post("/profile/", {"name": "", "zone": "Mars/Olympus", "theme": "PINK"})
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"name", "zone", "theme"}
    assert 'id="id_zone_error"' in response.text
    assert 'aria-describedby="id_zone_helptext id_zone_error"' in response.text
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_the_theme_changes_without_javascript_and_goes_back(alice, client):
    response = client.post("/profile/theme/", {"theme": "LIGHT", "next": "/search/?q=a"})
    assert response.headers["Location"] == "/search/?q=a"
    alice.refresh_from_db()
    assert alice.theme == "LIGHT"


def test_the_theme_form_leads_nowhere_else(alice, client):
    response = client.post("/profile/theme/", {"theme": "DARK", "next": "//evil.example/"})
    assert response.headers["Location"] == "/"
    assert client.post("/profile/theme/", {"theme": "PINK"}).status_code == 400
    assert client.get("/profile/theme/").status_code == 405
