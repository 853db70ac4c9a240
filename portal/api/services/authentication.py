"""Who presents a token: one look-up, and a refusal in words when there is nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from portal.accounts.models import User
from portal.accounts.policies import Actor
from portal.accounts.types import Pipeline
from portal.api.models import ApiToken, TokenState
from portal.api.policies import scopes_held
from portal.api.selectors import token_of
from portal.api.types import NotATokenError, Scope, read_secret

# How exactly `last_used_at` is known; a busy pipeline would else write its row all the time.
USE_NOTED_EVERY = timedelta(minutes=1)


class TokenRefusedError(Exception):
    """Nobody is let in with this token; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request: whom it is put on record for, and what they may ask.

    `sender` names them where requests are told apart by who sent them: it stays the same when a
    token is replaced. `application_id` is that of a pipeline; None for people.
    """

    actor: Actor
    scopes: frozenset[Scope]
    sender: str
    application_id: int | None = None
    token_id: int | None = None

    @property
    def label(self) -> str:
        """The label of the actor in the audit trail."""
        return self.actor.label


def person(user: User) -> Principal:
    """Return the principal of somebody who is signed in."""
    return Principal(user, scopes_held(user), f"user:{user.pk}")


def authenticate(*, bearer: str, now: datetime) -> Principal:
    """Return who presents a token; its use is noted at most once a minute.

    A personal token never has more scopes than the person holds at this moment.

    Raises:
        TokenRefusedError: it is no token, unknown, revoked or expired, or its person has left.
    """
    try:
        secret = read_secret(bearer)
    except NotATokenError as error:
        raise TokenRefusedError(str(error)) from error
    token = token_of(secret)
    if token is None:
        raise TokenRefusedError(
            "No such token was issued here. Create one on your profile or on the page of the "
            "application."
        )
    _require_usable(token, now)
    _note_use(token, now)
    scopes = frozenset(Scope(scope) for scope in token.scopes)
    if token.user is not None:
        held = scopes & scopes_held(token.user)
        return Principal(token.user, held, f"user:{token.user_id}", token_id=token.pk)
    return Principal(
        Pipeline(token.label, token.application_id or 0),
        scopes,
        f"application:{token.application_id}",
        application_id=token.application_id,
        token_id=token.pk,
    )


def _require_usable(token: ApiToken, now: datetime) -> None:
    named = f"The token {token} ({token.prefix}...)"
    match token.state(now):
        case TokenState.REVOKED:
            raise TokenRefusedError(
                f"{named} was revoked on {token.revoked_at:%Y-%m-%d}. Create another one."
            )
        case TokenState.EXPIRED:
            raise TokenRefusedError(
                f"{named} expired on {token.expires_at:%Y-%m-%d}. Create another one."
            )
    if token.user is not None and not token.user.is_active:
        raise TokenRefusedError(f"{named} belongs to a person whose account is closed.")


def _note_use(token: ApiToken, now: datetime) -> None:
    before = now - USE_NOTED_EVERY
    if token.last_used_at is not None and token.last_used_at > before:
        return
    # Of many requests at once, one writes.
    stale = Q(last_used_at=None) | Q(last_used_at__lte=before)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
