"""The request as pages see it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from portal.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request that passed `LoginRequiredMiddleware`: the user is a person."""

    user: User
    htmx: HtmxDetails
