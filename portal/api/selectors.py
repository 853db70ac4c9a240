"""Reads of tokens."""

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


def _listed(tokens: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
    return tokens.order_by("-revoked_at", "-created_at", "-pk")
