"""The first steps of an application: its checklist, and how it sends its first deployment."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.http import SignedInRequest
from portal.api.selectors import free_token_name
from portal.api.services.tokens import create_pipeline_token
from portal.api.types import Scope
from portal.catalogue.models import Application
from portal.catalogue.policies import CHANGE_APPLICATION, allows, require
from portal.catalogue.selectors import applications_visible_to, with_facts
from portal.home.selectors.checklist import checklist_of, has_deployed

TOKEN_NAME = "pipeline"  # noqa: S105 - a name, not a secret
TOKEN_LIFETIME = timedelta(days=90)
UNKNOWN_TOKEN = "$QUARTERDECK_TOKEN"  # noqa: S105


@never_cache
@require_safe
def checklist(request: SignedInRequest, slug: str) -> HttpResponse:
    """Return the checklist alone: the page asks for it again until everything is done."""
    application = _application(request, slug)
    context = {
        "application": application,
        "checklist": checklist_of(application),
        "may_change": allows(request.user, CHANGE_APPLICATION, application),
    }
    return render(request, "home/_checklist.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_deployment(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the command that sends a deployment; a POST makes a token for it, shown this once."""
    application = _application(request, slug)
    require(request.user, CHANGE_APPLICATION, application)
    secret = _fresh_token(request, application) if request.method == "POST" else ""
    context = {
        "application": application,
        "secret": secret,
        "expires_after": TOKEN_LIFETIME,
        "command": _command(request, application, secret or UNKNOWN_TOKEN),
        "has_deployed": has_deployed(application),
    }
    return render(request, "home/first_deployment.html", context)


@never_cache
@require_safe
def arrival(request: SignedInRequest, slug: str) -> HttpResponse:
    """Return whether the first deployment has arrived: the page asks until it has."""
    application = _application(request, slug)
    context = {"application": application, "has_deployed": has_deployed(application)}
    return render(request, "home/_arrival.html", context)


def _application(request: SignedInRequest, slug: str) -> Application:
    visible = with_facts(applications_visible_to(request.user))
    return get_object_or_404(visible.select_related("owner", "first_deployment"), slug=slug)


def _fresh_token(request: SignedInRequest, application: Application) -> str:
    now = timezone.now()
    issued = create_pipeline_token(
        application=application,
        name=free_token_name(application, TOKEN_NAME),
        scopes=[Scope.EVENTS_WRITE],
        expires_at=now + TOKEN_LIFETIME,
        actor=request.user,
        now=now,
    )
    return issued.secret.text


def _command(request: HttpRequest, application: Application, token: str) -> str:
    """Return a command for any shell that says: this application was deployed just now."""
    address = request.build_absolute_uri(reverse("api-events"))
    production = next((one for one in application.environments.all() if one.is_production), None)
    environment = production.slug if production else "production"
    return (
        f"curl --fail-with-body {address} \\\n"
        f'  -H "Authorization: Bearer {token}" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f'  -d "{{\\"type\\": \\"deployment\\", \\"environment\\": \\"{environment}\\",'
        ' \\"version\\": \\"1.0.0\\", \\"status\\": \\"succeeded\\",'
        ' \\"finished_at\\": \\"$(date -u +%FT%TZ)\\"}"'
    )
