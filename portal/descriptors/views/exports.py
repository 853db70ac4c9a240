"""Descriptors as downloads: of one application, system or team, or of everything."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.http import SignedInRequest
from portal.catalogue import selectors
from portal.catalogue.selectors.systems import systems_visible_to
from portal.descriptors.services import exports


@require_safe
def application(request: SignedInRequest, slug: str) -> HttpResponse:
    """Hand out the descriptor of an application."""
    found = get_object_or_404(selectors.applications_visible_to(request.user), slug=slug)
    return _download(request, found, found.label)


@require_safe
def system(request: SignedInRequest, slug: str) -> HttpResponse:
    """Hand out the descriptors of a system and its applications."""
    found = get_object_or_404(systems_visible_to(request.user), slug=slug)
    return _download(request, found, found.label)


@require_safe
def team(request: SignedInRequest, slug: str) -> HttpResponse:
    """Hand out the descriptors of a team, its people, systems and applications."""
    found = get_object_or_404(selectors.teams_visible_to(request.user), slug=slug)
    return _download(request, found, found.label)


@require_safe
def everything(request: SignedInRequest) -> HttpResponse:
    """Hand out the descriptors of the whole catalogue."""
    return _download(request, None, "catalogue:descriptors")


def _download(request: SignedInRequest, what: Any, label: str) -> HttpResponse:
    export = exports.export_of(request.user, what)
    exports.record_export(
        of=label, entities=export.entities, actor=request.user.label, now=timezone.now()
    )
    return HttpResponse(
        export.text,
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="catalog-info.yaml"'},
    )
