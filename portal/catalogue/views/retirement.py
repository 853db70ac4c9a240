"""Retiring and reviving applications and their environments."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.http import SignedInRequest
from portal.catalogue import policies, selectors, services
from portal.catalogue.forms.ownership import RetireForm, ReviveForm
from portal.catalogue.models import Application, Environment
from portal.catalogue.selectors.ownership import hard_dependents
from portal.catalogue.services.applications import RetiredError
from portal.catalogue.services.environments import EnvironmentRetiredError

form_page = require_http_methods(["GET", "HEAD", "POST"])


def _application(request: SignedInRequest, slug: str) -> Application:
    application = get_object_or_404(selectors.applications_visible_to(request.user), slug=slug)
    policies.require(request.user, policies.CHANGE_APPLICATION, application)
    return application


@form_page
def retire(request: SignedInRequest, slug: str) -> HttpResponse:
    """Retire an application, knowing what depends on it."""
    application = _application(request, slug)
    form = RetireForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.retire(application, actor=request.user, now=timezone.now())
    ):
        messages.success(request, f"{application} is retired.")
        return redirect(application)
    context = {
        "application": application,
        "form": form,
        "dependents": hard_dependents(application).select_related("owner"),
    }
    return render(request, "catalogue/retire.html", context)


@form_page
def revive(request: SignedInRequest, slug: str) -> HttpResponse:
    """Bring a retired application back."""
    application = _application(request, slug)
    form = ReviveForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.revive(application, actor=request.user, now=timezone.now())
    ):
        messages.success(request, f"{application} is back.")
        return redirect(application)
    context = {"application": application, "form": form}
    return render(request, "catalogue/revive.html", context)


@require_POST
def environment_retire(request: SignedInRequest, slug: str, environment: str) -> HttpResponse:
    """Retire an environment; what was deployed to it stays known."""
    return _settled(
        request,
        slug,
        environment,
        lambda one: services.retire_environment(
            environment=one, actor=request.user, now=timezone.now()
        ),
        "is retired",
    )


@require_POST
def environment_revive(request: SignedInRequest, slug: str, environment: str) -> HttpResponse:
    """Bring a retired environment back."""
    return _settled(
        request,
        slug,
        environment,
        lambda one: services.revive_environment(
            environment=one, actor=request.user, now=timezone.now()
        ),
        "is back",
    )


def _settled(
    request: SignedInRequest,
    slug: str,
    environment: str,
    change_it: Callable[[Environment], object],
    done: str,
) -> HttpResponse:
    application = _application(request, slug)
    place = get_object_or_404(application.environments.all(), slug=environment)
    try:
        change_it(place)
    except (EnvironmentRetiredError, RetiredError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{place.name} {done}.")
    return redirect("application-edit", application.slug)
