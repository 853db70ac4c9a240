"""Systems: the list, one of them, creating and editing."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.http import SignedInRequest
from portal.accounts.policies import can_write
from portal.catalogue import policies, selectors
from portal.catalogue.forms.systems import SystemChangeForm, SystemForm
from portal.catalogue.selectors import systems

form_page = require_http_methods(["GET", "HEAD", "POST"])
PAGE_SIZE = 50


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """List the systems by name."""
    found = systems.with_sizes(systems.systems_visible_to(request.user)).order_by("name", "id")
    context = {
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "can_write": can_write(request.user),
    }
    return render(request, "catalogue/systems.html", context)


@require_safe
def detail(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a system and the applications that make it up."""
    system = get_object_or_404(systems.systems_visible_to(request.user), slug=slug)
    parts = selectors.applications_visible_to(request.user).filter(system=system, retired_at=None)
    context = {
        "system": system,
        "page": Paginator(parts.order_by("tier", "name", "id"), PAGE_SIZE).get_page(
            request.GET.get("page")
        ),
        "may_change": policies.allows(request.user, policies.CHANGE_SYSTEM, system),
    }
    return render(request, "catalogue/system.html", context)


@form_page
def new(request: SignedInRequest) -> HttpResponse:
    """Create a system and lead to its page."""
    policies.require_writer(request.user)
    form = SystemForm(
        request.POST or None, initial={"owner": selectors.my_teams(request.user).first()}
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and (system := form.create(actor=request.user, now=timezone.now()))
    ):
        messages.success(request, f"{system} is created.")
        return redirect(system)
    return render(request, "catalogue/system_form.html", {"form": form, "title": "New system"})


@form_page
def edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """Change everything about a system that may change."""
    system = get_object_or_404(systems.systems_visible_to(request.user), slug=slug)
    policies.require(request.user, policies.CHANGE_SYSTEM, system)
    form = SystemChangeForm(request.POST or None, initial=SystemChangeForm.initial_of(system))
    if (
        request.method == "POST"
        and form.is_valid()
        and form.change(system, actor=request.user, now=timezone.now())
    ):
        messages.success(request, f"{form.cleaned_data['name']} is saved.")
        return redirect(system)
    context = {"system": system, "form": form, "title": f"Edit {system}"}
    return render(request, "catalogue/system_form.html", context)
