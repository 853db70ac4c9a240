"""The list of applications, registering one and editing it."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.http import SignedInRequest
from portal.accounts.policies import can_write
from portal.catalogue import policies, selectors, services
from portal.catalogue.forms.applications import ApplicationForm, RegistrationForm, SlugForm
from portal.catalogue.forms.filters import ApplicationFilters
from portal.catalogue.models import Application
from portal.catalogue.selectors.attestation import attestation_of
from portal.catalogue.selectors.ownership import application_rows, claimable_for, unowned_count
from portal.core.export import Cell, csv_response
from portal.core.htmx import render_list

PAGE_SIZE = 50
COLUMNS = (
    ("name", "Application"),
    ("owner", "Owner"),
    ("", "System"),
    ("tier", "Tier"),
    ("", "Lifecycle"),
    ("", "Data"),
    ("registered", "Registered"),
)
HEADER = (
    "name",
    "address",
    "owner",
    "tier",
    "lifecycle",
    "data",
    "runbook",
    "registered at",
    "system",
    "tags",
    "owner's word",
    "owner's word since",
    "managed by",
)


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """List the applications that fit the filters, a page of 50 at a time."""
    now = timezone.now()
    filters = ApplicationFilters(request.GET)
    found = selectors.with_owners_beside(filters.applications(request.user, now=now))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    mine = claimable_for(request.user)
    context = {
        "filters": filters,
        "page": page,
        "rows": application_rows(page.object_list, mine, now),
        "columns": COLUMNS,
        "mine": mine,
        "back": f"{request.path}?{request.GET.urlencode()}",
        "unowned": unowned_count(request.user),
        "can_write": can_write(request.user),
    }
    return render_list(request, "catalogue/applications.html", context)


@require_safe
def export(request: SignedInRequest) -> HttpResponseBase:
    """Hand the filtered list out as CSV, and put that on record."""
    now = timezone.now()
    found = ApplicationFilters(request.GET).applications(request.user, now=now)
    services.record_export(
        of="applications",
        rows=found.count(),
        filters=request.GET.urlencode(),
        actor=request.user,
        now=now,
    )
    found = found.select_related("owner", "system")
    rows = (_row(application, now) for application in found.iterator())
    return csv_response("applications.csv", header=HEADER, rows=rows)


def _row(application: Application, now: datetime) -> Sequence[Cell]:
    attestation = attestation_of(application, now)
    return (
        application.name,
        application.slug,
        application.owner.slug if application.owner else "",
        application.tier,
        application.lifecycle,
        " ".join(application.data_classes),
        application.runbook_url,
        application.registered_at,
        application.system.slug if application.system else "",
        " ".join(application.tags),
        attestation.value if attestation else "",
        application.attested_at,
        application.managed_by,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Register an application and lead to its page."""
    policies.require_writer(request.user)
    form = RegistrationForm(
        request.POST or None, initial={"owner": selectors.my_teams(request.user).first()}
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and (application := form.register(actor=request.user, now=timezone.now()))
    ):
        messages.success(request, f"{application} is registered.")
        return redirect(application)
    return render(request, "catalogue/application_new.html", {"form": form})


@require_safe
def slug(request: SignedInRequest) -> HttpResponse:
    """Say whether the address is free that is typed, or follows from the name that is."""
    typed = SlugForm(request.GET)
    form = RegistrationForm(initial={"slug": request.GET.get("slug", "")})
    context = {"field": form["slug"], "answer": typed.answer()}
    return render(request, "catalogue/_slug_field.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """Change everything about an application that may change."""
    visible = selectors.with_facts(selectors.applications_visible_to(request.user))
    application = get_object_or_404(visible, slug=slug)
    policies.require(request.user, policies.CHANGE_APPLICATION, application)
    form = ApplicationForm(request.POST or None, initial=ApplicationForm.initial_of(application))
    if (
        request.method == "POST"
        and form.is_valid()
        and form.change(application, actor=request.user, now=timezone.now())
    ):
        messages.success(request, f"{form.cleaned_data['name']} is saved.")
        return redirect(application)
    context = {"application": application, "form": form}
    return render(request, "catalogue/application_edit.html", context)
