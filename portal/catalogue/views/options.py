"""Suggestions for fields that name a team or a person, loaded by htmx while somebody types."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.http import SignedInRequest
from portal.catalogue import selectors
from portal.catalogue.selectors.systems import systems_matching


def _typed(request: SignedInRequest) -> str:
    return request.GET.get(request.htmx.trigger_name or "q", "").strip()[:120]


@require_safe
def teams(request: SignedInRequest) -> HttpResponse:
    """Suggest teams by name or slug, each with what is above it."""
    found = selectors.teams_matching(request.user, _typed(request))
    context = {"suggestions": selectors.with_places(found)}
    return render(request, "catalogue/_team_options.html", context)


@require_safe
def people(request: SignedInRequest) -> HttpResponse:
    """Suggest people by name or e-mail address."""
    found = selectors.people_matching(request.user, _typed(request))
    return render(request, "catalogue/_person_options.html", {"people": found})


@require_safe
def systems(request: SignedInRequest) -> HttpResponse:
    """Suggest systems by name or slug."""
    found = systems_matching(request.user, _typed(request))
    return render(request, "catalogue/_options.html", {"suggestions": found})


@require_safe
def applications(request: SignedInRequest) -> HttpResponse:
    """Suggest current applications by name or slug."""
    found = selectors.applications_matching(request.user, _typed(request))
    return render(request, "catalogue/_options.html", {"suggestions": found})
