"""Who may create and revoke tokens, and which scopes somebody holds."""

from rules import permissions
from rules.predicates import predicate

from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError, Viewer, can_write
from portal.api.models import ApiToken
from portal.api.types import Scope, scopes_in_words
from portal.catalogue import policies as catalogue
from portal.catalogue.models import Application

REVOKE_TOKEN = "api.revoke_token"  # noqa: S105


def scopes_held(user: Viewer) -> frozenset[Scope]:
    """Return what somebody could do through the API: those who only read cannot pass on more."""
    return frozenset(scope for scope in Scope if can_write(user) or scope.is_reading)


def require_scopes(user: User, scopes: frozenset[Scope]) -> None:
    """Do nothing when somebody holds all the scopes that they want to give to a token.

    Raises:
        NotAllowedError: otherwise, naming those that they do not hold.
    """
    beyond = scopes - scopes_held(user)
    if beyond or not user.is_active:
        raise NotAllowedError(
            f"You do not hold {scopes_in_words(beyond)} yourself, so no token of yours can."
        )


def require_pipeline(user: User, application: Application) -> None:
    """Do nothing when somebody may give tokens to the pipeline of an application, and take them.

    Raises:
        NotAllowedError: otherwise, with who may.
    """
    catalogue.require(user, catalogue.CHANGE_APPLICATION, application)


@predicate
def _answers_for(user: Viewer, token: ApiToken) -> bool:
    if token.application is not None:
        return catalogue.allows(user, catalogue.CHANGE_APPLICATION, token.application)
    return user.pk == token.user_id


permissions.add_perm(REVOKE_TOKEN, _answers_for)


def require_revoke(user: User, token: ApiToken) -> None:
    """Do nothing when somebody may revoke a token.

    Raises:
        NotAllowedError: otherwise, with who may.
    """
    if permissions.has_perm(REVOKE_TOKEN, user, token):
        return
    if token.application is not None:
        require_pipeline(user, token.application)
    raise NotAllowedError("A personal token is revoked by the person that it belongs to.")
