"""Environments and repositories of an application, each on a page of its own."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal.accounts.http import SignedInRequest
from portal.catalogue import policies, selectors
from portal.catalogue.forms.places import EnvironmentForm, RepositoryForm
from portal.catalogue.models import Application

form_page = require_http_methods(["GET", "HEAD", "POST"])


def _application(request: SignedInRequest, slug: str) -> Application:
    application = get_object_or_404(selectors.applications_visible_to(request.user), slug=slug)
    policies.require(request.user, policies.CHANGE_APPLICATION, application)
    return application


@form_page
def environment_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """Add an environment."""
    application = _application(request, slug)
    form = EnvironmentForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.add(application, actor=request.user, now=timezone.now())
    ):
        messages.success(request, f"{form.cleaned_data['name']} is added.")
        return redirect("application-edit", application.slug)
    context = {"application": application, "form": form, "title": "Add environment"}
    return render(request, "catalogue/place.html", context)


@form_page
def environment_edit(request: SignedInRequest, slug: str, environment: str) -> HttpResponse:
    """Change an environment."""
    application = _application(request, slug)
    place = get_object_or_404(application.environments.all(), slug=environment)
    initial = {
        "name": place.name,
        "is_production": place.is_production,
        "position": place.position,
    }
    form = EnvironmentForm(request.POST or None, initial=initial)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.change(place, actor=request.user, now=timezone.now())
    ):
        messages.success(request, f"{form.cleaned_data['name']} is saved.")
        return redirect("application-edit", application.slug)
    context = {"application": application, "form": form, "title": f"Edit {place.name}"}
    return render(request, "catalogue/place.html", context)


@form_page
def repository_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """Add a repository."""
    application = _application(request, slug)
    form = RepositoryForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.add(application, actor=request.user, now=timezone.now())
    ):
        messages.success(request, "The repository is added.")
        return redirect("application-edit", application.slug)
    context = {"application": application, "form": form, "title": "Add repository"}
    return render(request, "catalogue/place.html", context)


@form_page
def repository_edit(request: SignedInRequest, slug: str, repository: int) -> HttpResponse:
    """Change a repository."""
    application = _application(request, slug)
    place = get_object_or_404(application.repositories.all(), pk=repository)
    form = RepositoryForm(request.POST or None, initial={"url": place.url, "paths": place.paths})
    if (
        request.method == "POST"
        and form.is_valid()
        and form.change(place, actor=request.user, now=timezone.now())
    ):
        messages.success(request, "The repository is saved.")
        return redirect("application-edit", application.slug)
    context = {"application": application, "form": form, "title": "Edit repository"}
    return render(request, "catalogue/place.html", context)
