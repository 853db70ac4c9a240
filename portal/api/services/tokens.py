"""Creating and revoking tokens. Their plain text is returned once, and stored and told nowhere."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.api import policies
from portal.api.models import ApiToken
from portal.api.types import Scope, Secret, TokenKind, make_secret, scopes_in_words
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application
from portal.catalogue.services.applications import locked_application


class TokenNameTakenError(ValueError):
    """The holder has a token of that name that is not revoked."""


class TokenLifetimeError(ValueError):
    """The token would expire in the past, or live longer than the company allows."""


class AlreadyRevokedError(ValueError):
    """The token is revoked already."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token, and its plain text, which is never seen again."""

    token: ApiToken
    secret: Secret


def longest_lifetime() -> timedelta:
    """Return how long a token may live."""
    return timedelta(days=settings.API_TOKEN_LONGEST_DAYS)


@transaction.atomic
def create_personal_token(
    *, name: str, scopes: Collection[Scope], expires_at: datetime, actor: User, now: datetime
) -> Issued:
    """Create a token that acts as the actor, and return it with its plain text.

    Raises:
        NotAllowedError: when the actor does not hold the scopes.
        TokenNameTakenError: when they have a token of that name.
        TokenLifetimeError: when it would live too long or not at all.
        ValidationError: when a value does not fit the model.
    """
    secret = make_secret(TokenKind.PERSONAL)
    token = ApiToken(user=actor, name=name, expires_at=expires_at)
    return _issue(token, secret, scopes, actor=actor, now=now)


@transaction.atomic
def create_pipeline_token(
    *,
    application: Application,
    name: str,
    scopes: Collection[Scope],
    expires_at: datetime,
    actor: User,
    now: datetime,
) -> Issued:
    """Create a token for the pipeline of an application, and return it with its plain text.

    Raises:
        NotAllowedError: when the actor does not work on the application or hold the scopes.
        TokenNameTakenError: when the application has a token of that name.
        TokenLifetimeError: when it would live too long or not at all.
        ValidationError: when a value does not fit the model.
    """
    application = locked_application(application)
    policies.require_pipeline(actor, application)
    secret = make_secret(TokenKind.PIPELINE)
    token = ApiToken(application=application, name=name, expires_at=expires_at)
    return _issue(token, secret, scopes, actor=actor, now=now)


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: User, now: datetime) -> None:
    """Make a token useless at once and for ever.

    Raises:
        NotAllowedError: when the actor may not.
        AlreadyRevokedError: when it is revoked already.
    """
    token = (
        ApiToken.objects.select_for_update(of=("self",))
        .select_related("user", "application__owner")
        .get(pk=token.pk)
    )
    policies.require_revoke(actor, token)
    if token.revoked_at is not None:
        raise AlreadyRevokedError(f"The token {token} is revoked already.")
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    audit.record(
        AuditEvent.TOKEN_REVOKED,
        actor=actor.label,
        subject=token.holder.label,
        now=now,
        data={"token": token.name, "prefix": token.prefix},
    )


def _issue(
    token: ApiToken, secret: Secret, scopes: Collection[Scope], *, actor: User, now: datetime
) -> Issued:
    policies.require_scopes(actor, frozenset(scopes))
    _check_lifetime(token, now)
    token.scopes = [scope.value for scope in Scope if scope in scopes]
    if not token.scopes:
        raise ValidationError({"scopes": "Choose at least one scope."}, code="required")
    token.prefix, token.digest = secret.prefix, secret.digest
    token.created_at, token.created_by = now, actor
    token.clean_fields(exclude=["user", "application", "digest", "created_by"])
    try:
        with transaction.atomic():
            token.save(force_insert=True)
    except IntegrityError as error:
        raise TokenNameTakenError(
            f"{token} is the name of another token that is not revoked. Take another name, or "
            "revoke that one first."
        ) from error
    audit.record(
        AuditEvent.TOKEN_CREATED,
        actor=actor.label,
        subject=token.holder.label,
        now=now,
        data={
            "token": token.name,
            "prefix": token.prefix,
            "scopes": scopes_in_words(token.scopes),
            "expires_at": token.expires_at.isoformat(timespec="seconds"),
        },
    )
    return Issued(token, secret)


def _check_lifetime(token: ApiToken, now: datetime) -> None:
    if token.expires_at <= now:
        raise TokenLifetimeError("It would be expired at once. Choose a date in the future.")
    if token.expires_at > now + longest_lifetime():
        raise TokenLifetimeError(
            f"A token lives at most {settings.API_TOKEN_LONGEST_DAYS} days. Choose an earlier date."
        )
