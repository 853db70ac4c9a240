"""Who makes a request: by bearer token, else by session; and which scope an operation needs."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from portal.accounts.models import User
from portal.accounts.policies import Actor
from portal.api.services.authentication import Principal, TokenRefusedError, authenticate, person
from portal.api.types import Scope
from portal.core.problems import ProblemError

CHALLENGE = 'Bearer realm="Quarterdeck"'


def principal_of(request: HttpRequest) -> Principal | None:
    """Return who presents a token, or who is signed in; None for nobody. For any view.

    A token that is wrong lets nobody in, whoever is signed in beside it.

    Raises:
        ProblemError: the token is not let in (401); `response()` is what to answer.
    """
    return bearer_of(request) or (
        person(request.user) if isinstance(request.user, User) and request.user.is_active else None
    )


def bearer_of(request: HttpRequest) -> Principal | None:
    """Return who presents a token; None when none is presented.

    Raises:
        ProblemError: the token is not let in (401).
    """
    header = request.headers.get("Authorization", "").strip()
    if not header:
        return None
    method, _, token = header.partition(" ")
    if method.lower() != "bearer" or not token.strip():
        raise _unauthorised(
            "Send the token as: Authorization: Bearer qd_...", error="invalid_request"
        )
    try:
        return authenticate(bearer=token.strip(), now=timezone.now())
    except TokenRefusedError as error:
        raise _unauthorised(str(error), error="invalid_token") from error


def require_scope(principal: Principal | None, scope: Scope) -> Principal:
    """Return the principal, who may use the scope.

    Raises:
        ProblemError: there is nobody (401), or the token lacks the scope (403).
    """
    if principal is None:
        raise ProblemError(
            401,
            "Say who you are: send a token as Authorization: Bearer qd_..., or sign in.",
            headers={"WWW-Authenticate": CHALLENGE},
        )
    if principal.token_id is not None and scope not in principal.scopes:
        raise ProblemError(
            403,
            f"This needs the scope {scope.value}, which the token does not have. Create one that "
            "has it, if you hold it yourself.",
            headers={
                "WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'
            },
        )
    return principal


class TokenAuthentication(BaseAuthentication):
    """Takes `Authorization: Bearer qd_...`; `request.auth` is the principal."""

    def authenticate(self, request: Request) -> tuple[Actor, Principal] | None:
        principal = bearer_of(request._request)  # noqa: SLF001 - Django's own request
        return (principal.actor, principal) if principal else None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return CHALLENGE


class HoldsScope(BasePermission):
    """Lets in who holds the scope that the view declares for reading or for writing."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        method = request.method or ""
        if not hasattr(view, method.lower()):
            return principal(request) is not None  # a 405 follows
        require_scope(principal(request), scope_of(view, method))
        return True


def scope_of(view: Any, method: str) -> Scope:
    """Return the scope that a method of a view needs."""
    scope: Scope = view.reads if method in SAFE_METHODS else view.writes
    return scope


def principal(request: Request) -> Principal | None:
    """Return who makes a request to an API view, as its authentication found out."""
    if isinstance(request.auth, Principal):
        return request.auth
    return person(request.user) if isinstance(request.user, User) else None


def _unauthorised(detail: str, *, error: str) -> ProblemError:
    told = detail.replace('"', "'").encode("ascii", "replace").decode()
    challenge = f'{CHALLENGE}, error="{error}", error_description="{told}"'
    return ProblemError(401, detail, headers={"WWW-Authenticate": challenge})
