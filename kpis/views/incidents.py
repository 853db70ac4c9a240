"""Incidents by hand: opened, read, changed, resolved, reopened, and their cause corrected."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kpis.forms import (
    BY_RULE,
    NOT_A_CHANGE,
    ChangeIncidentForm,
    CorrectionForm,
    OpenIncidentForm,
    ResolveForm,
)
from kpis.models import Deployment, Incident
from kpis.selectors import facts
from kpis.services import incidents as services
from portal.accounts.http import SignedInRequest
from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError
from portal.catalogue import policies
from portal.catalogue.models import Application
from portal.catalogue.selectors import applications_visible_to
from portal.catalogue.services.applications import RetiredError


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest, slug: str) -> HttpResponse:
    """Record that something is broken, and lead to the incident's page."""
    application = get_object_or_404(applications_visible_to(request.user), slug=slug)
    policies.require(request.user, policies.CHANGE_APPLICATION, application)
    now, cause = timezone.now(), request.GET.get("cause", BY_RULE)
    form = OpenIncidentForm(request.POST or None, application=application, now=now, cause=cause)
    if form.is_valid() and (incident := _open(form, application, request.user, now)):
        messages.success(request, f"Incident opened. {_told(incident)}")
        return redirect("incident", incident.pk)
    return render(request, "kpis/incident_new.html", {"application": application, "form": form})


@require_safe
def incident(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show an incident, what it is blamed on and why, and what can be done about it."""
    return _page(request, _found(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change title, severity, beginning or environment of an incident."""
    found, now = _found(request, pk), timezone.now()
    policies.require(request.user, policies.CHANGE_APPLICATION, found.application)
    form = ChangeIncidentForm(request.POST or None, incident=found, now=now)
    change = partial(services.change_incident, incident=found, actor=request.user, now=now)
    if form.is_valid() and _did(form, lambda: change(**form.cleaned_data)):
        messages.success(request, f"Incident changed. {_told(_found(request, pk))}")
        return redirect("incident", pk)
    return render(request, "kpis/incident_edit.html", {"incident": found, "form": form})


@require_POST
def resolve(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record when an incident ended."""
    found, now = _found(request, pk), timezone.now()
    form = ResolveForm(request.POST, incident=found, now=now)
    change = partial(services.resolve_incident, incident=found, actor=request.user, now=now)
    if form.is_valid() and _did(form, lambda: change(**form.cleaned_data)):
        messages.success(request, "Incident resolved. Reopen it if that was too early.")
        return redirect("incident", pk)
    return _page(request, found, resolution=form)


@require_POST
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back that an incident is over."""
    found = _found(request, pk)
    try:
        services.reopen_incident(incident=found, actor=request.user, now=timezone.now())
        messages.success(request, "Incident reopened.")
    except services.IncidentError as error:
        messages.error(request, str(error))
    return redirect("incident", pk)


@require_POST
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a person's word for what caused an incident."""
    found, now = _found(request, pk), timezone.now()
    form = CorrectionForm(request.POST, incident=found)
    change = partial(services.attribute_incident, incident=found, actor=request.user, now=now)
    if form.is_valid() and _did(
        form,
        lambda: change(
            deployment=_deployment(form.cleaned_data["cause"]),
            reason=form.cleaned_data["reason"],
        ),
    ):
        messages.success(request, f"Cause corrected. {_told(_found(request, pk))}")
        return redirect("incident", pk)
    return _page(request, found, correction=form)


def _found(request: SignedInRequest, pk: int) -> Incident:
    return get_object_or_404(facts.incidents_visible_to(request.user), pk=pk)


def _page(
    request: SignedInRequest,
    found: Incident,
    *,
    correction: CorrectionForm | None = None,
    resolution: ResolveForm | None = None,
) -> HttpResponse:
    links = facts.blames(found)
    blame = next((link for link in links if link.is_current), None)
    context = {
        "incident": found,
        "blame": blame,
        "because": facts.because(found, blame),
        "past": [link for link in links if not link.is_current],
        "refusal": _refusal(request.user, found.application),
        "correction": correction or CorrectionForm(None, incident=found),
        "resolution": resolution or ResolveForm(None, incident=found, now=timezone.now()),
    }
    return render(request, "kpis/incident.html", context)


def _refusal(user: User, application: Application) -> str:
    """Return why somebody may not change the application's incidents; empty when they may."""
    try:
        policies.require(user, policies.CHANGE_APPLICATION, application)
    except NotAllowedError as error:
        return str(error)
    return ""


def _open(
    form: OpenIncidentForm, application: Application, actor: User, now: datetime
) -> Incident | None:
    chosen = form.cleaned_data
    try:
        return services.open_incident(
            application=application,
            title=chosen["title"],
            severity=chosen["severity"],
            opened_at=chosen["opened_at"],
            environment=chosen["environment"],
            caused_by=_deployment(chosen["cause"]),
            caused_by_change=chosen["cause"] != NOT_A_CHANGE,
            actor=actor,
            now=now,
        )
    except (services.IncidentError, RetiredError) as error:
        form.add_error(None, str(error))
        return None


def _did(form: forms.Form, change: Callable[[], object]) -> bool:
    """Return whether the change was made; why it was not is told on the form."""
    try:
        change()
    except services.IncidentError as error:
        form.add_error(None, str(error))
        return False
    return True


def _deployment(cause: Deployment | str) -> Deployment | None:
    return cause if isinstance(cause, Deployment) else None


def _told(found: Incident) -> str:
    """Return what an incident is blamed on, and why."""
    blame = next((link for link in facts.blames(found) if link.is_current), None)
    why = facts.because(found, blame)
    return f"Blamed on {blame.deployment.name}. {why}" if blame else why
