"""Reads of tokens."""

from itertools import chain, count

from django.db.models import QuerySet

from portal.accounts.models import User
from portal.api.models import ApiToken
from portal.api.types import Secret
from portal.catalogue.models import Application


def token_of(secret: Secret) -> ApiToken | None:
    """Return the token that was issued as this secret, with whom it belongs to: one query."""
    found = ApiToken.objects.select_related("user", "application")
    return found.filter(digest=secret.digest).first()


def tokens_of_person(user: User) -> QuerySet[ApiToken]:
    """Return the personal tokens of somebody, those that can be used first, then the newest."""
    return _listed(ApiToken.objects.filter(user=user).select_related("user"))


def tokens_of_application(application: Application) -> QuerySet[ApiToken]:
    """Return the pipeline tokens of an application with who made them, usable ones first."""
    found = ApiToken.objects.filter(application=application)
    return _listed(found.select_related("application", "created_by"))


def free_token_name(application: Application, wish: str) -> str:
    """Return a name that no token of the application has which is not revoked."""
    taken = set(
        ApiToken.objects.filter(
            application=application, name__startswith=wish, revoked_at=None
        ).values_list("name", flat=True)
    )
    names = chain([wish], (f"{wish}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


def _listed(tokens: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
    return tokens.order_by("-revoked_at", "-created_at", "-pk")
