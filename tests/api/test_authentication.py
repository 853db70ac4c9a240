"""Who is let in: each wrong token is told apart in words, and a principal is what it may be."""

from datetime import timedelta

import pytest

from portal.accounts.models import Role
from portal.api.api.authentication import principal_of, require_scope
from portal.api.models import ApiToken
from portal.api.services.authentication import TokenRefusedError, authenticate
from portal.api.services.tokens import revoke_token
from portal.api.types import Scope, TokenKind, make_secret
from portal.core.problems import ProblemError
from tests.api.tokens import bearer, client_with, personal_token, pipeline_token

URL = "/api/v1/kpis/application/checkout/"


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


def ask(client, issued_or_text, url=URL):
    text = issued_or_text if isinstance(issued_or_text, str) else issued_or_text.secret.text
    return client.get(url, headers={"Authorization": f"Bearer {text}"})


def test_a_token_lets_in_without_a_session(world, now):
    client = client_with(personal_token(world.bob, now=now))
    assert client.get(URL).status_code == 200


def test_a_pipeline_acts_under_its_own_label_and_survives_its_creator(world, now):
    issued = pipeline_token(world.checkout, by=world.bob, now=now)
    world.bob.is_active = False
    world.bob.save()
    found = authenticate(bearer=issued.secret.text, now=now)
    assert (found.label, found.sender, found.application_id) == (
        "token:checkout/ci",
        f"application:{world.checkout.pk}",
        world.checkout.pk,
    )
    assert found.scopes == frozenset(Scope)


def test_a_person_is_the_same_sender_by_token_and_by_session(world, now, rf):
    issued = personal_token(world.bob, now=now)
    request = rf.get("/", headers=bearer(issued))
    by_token = principal_of(request)
    assert by_token
    request = rf.get("/")
    request.user = world.bob
    by_session = principal_of(request)
    assert by_session
    assert by_token.sender == by_session.sender == f"user:{world.bob.pk}"
    assert by_token.label == by_session.label == "user:bob@example.com"


def test_a_personal_token_never_has_more_than_the_person_holds_now(world, now):
    issued = personal_token(world.bob, now=now)
    world.bob.role = Role.AUDITOR
    world.bob.save()
    found = authenticate(bearer=issued.secret.text, now=now)
    assert found.scopes == {
        Scope.CATALOGUE_READ,
        Scope.FACTS_READ,
        Scope.KPIS_READ,
        Scope.ONCALL_READ,
        Scope.NOTIFICATIONS_READ,
    }


def revoked(world, now):
    issued = personal_token(world.bob, now=now)
    revoke_token(token=issued.token, actor=world.bob, now=now)
    return issued.secret.text


def expired(world, now):
    issued = personal_token(world.bob, now=now - timedelta(days=31), days=30)
    return issued.secret.text


def closed(world, now):
    issued = personal_token(world.bob, now=now)
    world.bob.is_active = False
    world.bob.save()
    return issued.secret.text


def mistyped(world, now):
    text = personal_token(world.bob, now=now).secret.text
    return text[:-1] + ("a" if text[-1] != "a" else "b")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (revoked, "was revoked on 2026-03-04"),
        (expired, "expired on 2026-03-03"),
        (closed, "belongs to a person whose account is closed"),
        (mistyped, "The token is mistyped"),
        (lambda *_: "qd_pipeline_short", "This is no token of Quarterdeck"),
        (lambda *_: make_secret(TokenKind.PERSONAL).text, "No such token was issued here"),
    ],
    ids=["revoked", "expired", "closed", "mistyped", "not-a-token", "unknown"],
)
def test_each_wrong_token_is_told_apart(world, now, client, make, words):
    response = ask(client, make(world, now))
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert words in response.json()["detail"]
    challenge = response["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="Quarterdeck", error="invalid_token"')
    assert words in challenge


@pytest.mark.parametrize("header", ["Basic Ym9iOmJvYg==", "Bearer", "Bearer ", "Token abc"])
def test_another_way_of_authorisation_is_told_the_right_one(world, client, header):
    response = client.get(URL, headers={"Authorization": header})
    assert response.status_code == 401
    assert "Authorization: Bearer qd_" in response.json()["detail"]


def test_nobody_is_told_how_to_say_who_they_are(world, client):
    response = client.get(URL)
    assert (response.status_code, response["WWW-Authenticate"]) == (
        401,
        'Bearer realm="Quarterdeck"',
    )
    assert "sign in" in response.json()["detail"]


def test_a_wrong_token_beside_a_session_lets_nobody_in(world, client):
    client.force_login(world.bob)
    assert client.get(URL).status_code == 200
    assert ask(client, "qd_pipeline_short").status_code == 401


def test_a_token_without_the_scope_is_told_which_one(world, now, client):
    response = ask(client, personal_token(world.bob, now=now, scopes=[Scope.EVENTS_WRITE]))
    assert response.status_code == 403
    assert "needs the scope kpis:read" in response.json()["detail"]
    assert response["WWW-Authenticate"] == (
        'Bearer realm="Quarterdeck", error="insufficient_scope", scope="kpis:read"'
    )


def test_a_plain_view_answers_the_refusal_itself(rf, world):
    request = rf.get("/", headers={"Authorization": "Bearer nonsense"})
    with pytest.raises(ProblemError) as refused:
        principal_of(request)
    response = refused.value.response()
    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert "WWW-Authenticate" in response
    with pytest.raises(ProblemError) as nobody:
        require_scope(None, Scope.EVENTS_WRITE)
    assert nobody.value.status_code == 401


def test_a_token_opens_no_page(world, now):
    response = client_with(personal_token(world.bob, now=now)).get("/apps/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_the_use_is_noted_at_most_once_a_minute(world, now, django_assert_num_queries):
    issued = pipeline_token(world.checkout, by=world.bob, now=now)
    text = issued.secret.text

    def last_used():
        return ApiToken.objects.values_list("last_used_at", flat=True).get()

    assert last_used() is None
    with django_assert_num_queries(2):
        authenticate(bearer=text, now=now)
    assert last_used() == now
    with django_assert_num_queries(1):
        authenticate(bearer=text, now=now + timedelta(seconds=59))
    assert last_used() == now
    authenticate(bearer=text, now=now + timedelta(seconds=60))
    assert last_used() == now + timedelta(seconds=60)


def test_what_is_no_token_asks_the_database_nothing(db, now, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(TokenRefusedError):
        authenticate(bearer="qd_personal_" + "a" * 38, now=now)


def test_a_pipeline_sees_its_own_application_alone(world, now):
    client = client_with(pipeline_token(world.checkout, by=world.bob, now=now))
    assert client.get(URL).status_code == 200
    foreign = client.get("/api/v1/kpis/application/loans/")
    missing = client.get("/api/v1/kpis/application/nothing/")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["detail"].replace("loans", "nothing") == missing.json()["detail"]
    for path in ("team/acquiring", "company/all"):
        assert client.get(f"/api/v1/kpis/{path}/").status_code == 404
