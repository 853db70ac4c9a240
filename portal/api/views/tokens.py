"""Tokens of oneself and of the pipeline of an application: listed, created, revoked."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts.http import SignedInRequest
from portal.api import policies, selectors
from portal.api.forms import TokenForm
from portal.api.models import ApiToken, TokenState
from portal.api.services.tokens import AlreadyRevokedError, Issued, revoke_token
from portal.api.types import Scope
from portal.catalogue.models import Application
from portal.catalogue.selectors import applications_visible_to

# A holder has few; what is beyond was revoked long ago, and the audit trail keeps it.
MOST_SHOWN = 100

page = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@page
def personal(request: SignedInRequest) -> HttpResponse:
    """List one's tokens, or create one and show it this once."""
    form = TokenForm(request.POST or None, user=request.user)
    return _page(request, form, selectors.tokens_of_person(request.user), None)


@page
def revoke_personal(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask whether one's token shall be revoked, or revoke it."""
    token = get_object_or_404(selectors.tokens_of_person(request.user), pk=pk)
    return _revoke(request, token, reverse("tokens"))


@never_cache
@page
def pipeline(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the tokens of an application's pipeline, or create one and show it this once."""
    application = _application(request, slug)
    form = TokenForm(request.POST or None, user=request.user, application=application)
    return _page(request, form, selectors.tokens_of_application(application), application)


@page
def revoke_pipeline(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Ask whether a pipeline's token shall be revoked, or revoke it."""
    application = _application(request, slug)
    token = get_object_or_404(selectors.tokens_of_application(application), pk=pk)
    return _revoke(request, token, reverse("application-tokens", args=[slug]))


def _application(request: SignedInRequest, slug: str) -> Application:
    application = get_object_or_404(applications_visible_to(request.user), slug=slug)
    policies.require_pipeline(request.user, application)
    return application


def _page(
    request: SignedInRequest,
    form: TokenForm,
    tokens: QuerySet[ApiToken],
    application: Application | None,
) -> HttpResponse:
    now = timezone.now()
    issued = form.issue(now) if form.is_valid() else None
    if issued is not None:
        form = TokenForm(user=request.user, application=application)
    rows = [(token, token.state(now)) for token in tokens[:MOST_SHOWN]]
    context = {
        "application": application,
        "form": form,
        "rows": rows,
        "expiring": [token for token, state in rows if state == TokenState.EXPIRING],
        "issued": issued,
        "command": _command(request, issued) if issued else "",
        "now": now,
    }
    return render(request, "api/tokens.html", context)


def _revoke(request: SignedInRequest, token: ApiToken, back: str) -> HttpResponse:
    policies.require_revoke(request.user, token)
    if request.method == "POST":
        try:
            revoke_token(token=token, actor=request.user, now=timezone.now())
            messages.success(request, f"{token} is revoked. What used it is now refused.")
        except AlreadyRevokedError as error:
            messages.info(request, str(error))
        return redirect(back)
    context = {"token": token, "application": token.application, "back": back}
    return render(request, "api/token_revoke.html", context)


def _command(request: HttpRequest, issued: Issued) -> str:
    """Return a command that shows that the token works, by the first of its scopes."""
    token = issued.token
    address = request.build_absolute_uri("/api/v1/")
    who = f'-H "Authorization: Bearer {issued.secret.text}"'
    if Scope.EVENTS_WRITE in token.scopes and token.application:
        return (
            f"curl --fail-with-body {address}events \\\n  {who} \\\n"
            '  -H "Content-Type: application/json" \\\n'
            '  -d "{\\"type\\": \\"deployment\\", \\"environment\\": \\"production\\",'
            ' \\"version\\": \\"1.0.0\\", \\"status\\": \\"succeeded\\",'
            ' \\"finished_at\\": \\"$(date -u +%FT%TZ)\\"}"'
        )
    about = f"application/{token.application.slug}" if token.application else "company/all"
    reads = {
        Scope.CATALOGUE_READ: "applications/",
        Scope.FACTS_READ: "deployments/",
        Scope.KPIS_READ: f"kpis/{about}/",
        Scope.NOTIFICATIONS_READ: "notices/",
    }
    path = next((reads[one] for one in reads if one in token.scopes), "schema/")
    return f"curl --fail-with-body {address}{path} \\\n  {who}"
