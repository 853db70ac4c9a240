"""Creating and revoking tokens: who may, for what, how long, and what the audit trail is told."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.accounts.policies import NotAllowedError
from portal.api.models import ApiToken, TokenState
from portal.api.services.tokens import (
    AlreadyRevokedError,
    TokenLifetimeError,
    TokenNameTakenError,
    revoke_token,
)
from portal.api.types import Scope
from portal.audit.models import Entry, FreeText
from tests.api.tokens import personal_token, pipeline_token
from tests.catalogue.trail import last_event


def test_only_the_digest_is_stored(world, now):
    issued = pipeline_token(world.checkout, by=world.bob, now=now)
    row = ApiToken.objects.values().get()
    assert bytes(row["digest"]) == issued.secret.digest
    assert issued.secret.text not in str(row)


def test_the_audit_trail_names_the_token_and_not_its_secret(world, now):
    issued = pipeline_token(
        world.checkout, by=world.bob, now=now, scopes=[Scope.KPIS_READ, Scope.FACTS_READ]
    )
    assert last_event() == (
        "bob@example.com created the token ci of checkout, until 2026-06-02T12:00:00+00:00: "
        "facts:read, kpis:read"
    )
    revoke_token(token=issued.token, actor=world.alice, now=now)
    assert last_event() == "alice@example.com revoked the token ci of checkout"
    told = b"".join(bytes(entry.body) for entry in Entry.objects.all())
    assert issued.secret.text.encode() not in told
    assert issued.secret.text[len("qd_pipeline_") + 6 :].encode() not in told
    assert not FreeText.objects.exists()


def test_a_personal_token_belongs_to_who_creates_it(world, now):
    token = personal_token(world.eve, now=now, scopes=[Scope.KPIS_READ]).token
    assert (token.user, token.application, token.label) == (
        world.eve,
        None,
        "token:eve@example.com/laptop",
    )


@pytest.mark.parametrize("person", ["alice", "bob", "olive"])
def test_who_works_on_an_application_gives_its_pipeline_tokens(world, now, person):
    assert pipeline_token(world.checkout, by=getattr(world, person), now=now).token.pk


@pytest.mark.parametrize("person", ["charlie", "eve", "audrey"])
def test_others_do_not(world, now, person):
    with pytest.raises(NotAllowedError, match="Ask Alice"):
        pipeline_token(world.checkout, by=getattr(world, person), now=now)


@pytest.mark.parametrize("person", ["eve", "audrey"])
def test_nobody_gives_a_token_more_than_they_hold(world, now, person):
    with pytest.raises(NotAllowedError, match="You do not hold facts:write yourself"):
        personal_token(getattr(world, person), now=now, scopes=[Scope.FACTS_WRITE])
    assert not ApiToken.objects.exists()


def test_a_name_is_used_once_until_the_token_is_revoked(world, now):
    first = pipeline_token(world.checkout, by=world.bob, now=now)
    with pytest.raises(TokenNameTakenError, match="revoke that one first"):
        pipeline_token(world.checkout, by=world.alice, now=now)
    pipeline_token(world.loans, by=world.charlie, now=now)
    revoke_token(token=first.token, actor=world.bob, now=now)
    assert pipeline_token(world.checkout, by=world.alice, now=now).token.pk != first.token.pk


@pytest.mark.parametrize(
    ("days", "words"), [(0, "expired at once"), (-1, "expired at once"), (366, "at most 365 days")]
)
def test_a_token_lives_for_a_while_and_not_for_ever(world, now, days, words):
    with pytest.raises(TokenLifetimeError, match=words):
        personal_token(world.bob, now=now, days=days)
    assert personal_token(world.bob, now=now, days=365).token.pk


@pytest.mark.parametrize("name", ["", "My laptop", "a/b", "x" * 64])
def test_a_name_that_does_not_fit_is_refused(world, now, name):
    with pytest.raises(ValidationError):
        personal_token(world.bob, now=now, name=name)


def test_a_token_without_a_scope_is_refused(world, now):
    with pytest.raises(ValidationError):
        personal_token(world.bob, now=now, scopes=[])


def test_it_is_revoked_once_and_by_whom_it_belongs_to(world, now):
    personal = personal_token(world.bob, now=now).token
    pipeline = pipeline_token(world.checkout, by=world.bob, now=now).token
    with pytest.raises(NotAllowedError, match="revoked by the person"):
        revoke_token(token=personal, actor=world.olive, now=now)
    with pytest.raises(NotAllowedError, match="Ask Alice"):
        revoke_token(token=pipeline, actor=world.charlie, now=now)
    revoke_token(token=personal, actor=world.bob, now=now)
    with pytest.raises(AlreadyRevokedError):
        revoke_token(token=personal, actor=world.bob, now=now)
    personal.refresh_from_db()
    assert personal.state(now) == TokenState.REVOKED


@pytest.mark.parametrize(
    ("days", "state"),
    [(0, "VALID"), (75, "VALID"), (76, "EXPIRING"), (89, "EXPIRING"), (90, "EXPIRED")],
)
def test_the_state_follows_the_clock(world, now, days, state):
    token = personal_token(world.bob, now=now, days=90).token
    assert token.state(now + timedelta(days=days)) == TokenState(state)


def test_the_database_wants_one_holder(world, now):
    token = pipeline_token(world.checkout, by=world.bob, now=now).token
    for holders in ({"user": world.bob}, {"application": None}):
        with pytest.raises(IntegrityError, match="one_holder"), transaction.atomic():
            ApiToken.objects.filter(pk=token.pk).update(**holders)
