"""Pages on synchronisations: the list, one with its runs and drift, and what can be done there."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.http import SignedInRequest
from portal.accounts.policies import can_write
from portal.catalogue.selectors import applications_visible_to
from portal.core.htmx import render_list
from portal.core.keyset import Order, keyset_page
from portal.descriptors import policies
from portal.descriptors.forms import SyncForm
from portal.descriptors.models import DescriptorSync, SyncRun
from portal.descriptors.plans.state import Noun
from portal.descriptors.selectors import syncs as selectors
from portal.descriptors.services import syncs as services

NEWEST_FIRST = Order("requested_at")
MOST_SHOWN = 200


def _sync(request: SignedInRequest, slug: str) -> DescriptorSync:
    return get_object_or_404(selectors.syncs_visible_to(request.user), slug=slug)


def _run(request: SignedInRequest, slug: str, pk: int) -> SyncRun:
    return get_object_or_404(selectors.runs_of(_sync(request, slug)), pk=pk)


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """List the synchronisations with how they stand."""
    rows = selectors.rows_of(selectors.syncs_visible_to(request.user))
    context = {"rows": rows, "can_write": can_write(request.user)}
    return render(request, "descriptors/syncs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Set a synchronisation up and lead to its page."""
    policies.require_add(request.user)
    form = SyncForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sync = form.set_up(actor=request.user, now=timezone.now())
        if sync:
            messages.success(request, f"{sync} is set up and looks for the first time.")
            return redirect(sync)
    return _form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """Change a synchronisation."""
    sync = _sync(request, slug)
    policies.require_change(request.user, sync)
    form = SyncForm(request.POST or None, instance=sync)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.change(sync, actor=request.user, now=timezone.now())
    ):
        messages.success(request, f"{form.cleaned_data['name']} is saved.")
        return redirect("descriptor-sync", slug)
    return _form(request, form, sync)


@require_safe
def show(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a synchronisation: its settings, what it keeps, what drifted, and its runs."""
    sync = _sync(request, slug)
    runs = selectors.runs_of(sync)
    page = keyset_page(runs, order=NEWEST_FIRST, cursor=request.GET.get("place", ""))
    latest = runs.first()
    context = {
        "sync": sync,
        "page": page,
        "latest": latest,
        "described": selectors.descriptions_of(sync).count(),
        "notable": selectors.notable(sync)[:MOST_SHOWN],
        "may_change": policies.may_change(request.user, sync),
        "is_at_work": latest is not None and not latest.is_over,
    }
    return render_list(request, "descriptors/sync.html", context, partial="runs")


@require_safe
def run(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Show how a run stands; htmx asks for that part alone until it is over."""
    found = _run(request, slug, pk)
    template = "descriptors/run.html" + ("#state" if request.htmx else "")
    context: dict[str, Any] = {
        "run": found,
        "sync": found.sync,
        "may_change": policies.may_change(request.user, found.sync),
        "effective": found.counts.get("create", 0) + found.counts.get("change", 0),
        "steps": found.steps[:MOST_SHOWN],
        "findings": found.findings[:MOST_SHOWN],
    }
    return render(request, template, context)


@require_POST
def run_now(request: SignedInRequest, slug: str) -> HttpResponse:
    """Let a synchronisation look now, or apply again over what was changed by hand."""
    sync = _sync(request, slug)
    try:
        asked = services.request_run(
            sync=sync, actor=request.user, now=timezone.now(), force="force" in request.POST
        )
    except services.SyncRunningError as error:
        messages.info(request, str(error))
        return redirect(sync)
    return redirect(asked)


@require_POST
def approve(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Apply the difference that a run found."""
    found = _run(request, slug, pk)
    try:
        found = services.approve_run(run=found, actor=request.user, now=timezone.now())
    except (services.NothingToApplyError, services.SyncRunningError) as error:
        messages.info(request, str(error))
    return redirect(found)


@require_POST
def pause(request: SignedInRequest, slug: str) -> HttpResponse:
    """Pause a synchronisation, or let it go on."""
    sync = _sync(request, slug)
    services.change_sync(
        sync=sync, actor=request.user, now=timezone.now(), is_paused=not sync.is_paused
    )
    return redirect(sync)


@require_POST
def hand_over(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Take something over by hand, or give it back."""
    sync = _sync(request, slug)
    description = get_object_or_404(selectors.descriptions_of(sync), pk=pk)
    change = (
        services.return_description if "back" in request.POST else services.release_description
    )
    change(description=description, actor=request.user, now=timezone.now())
    return redirect(sync)


@require_safe
def origin(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show where an application is described, and what of it was changed by hand since."""
    found = get_object_or_404(applications_visible_to(request.user), slug=slug)
    context = {
        "application": found,
        "descriptions": selectors.description_of(Noun.APPLICATION, found.slug),
    }
    return render_list(request, "descriptors/origin.html", context, partial="told")


def _form(
    request: SignedInRequest, form: SyncForm, sync: DescriptorSync | None = None
) -> HttpResponse:
    context = {"form": form, "sync": sync, "allowed": settings.IMPORT_ALLOWED_SOURCES}
    return render(request, "descriptors/sync_form.html", context)
