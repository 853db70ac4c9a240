"""What an application depends on and what depends on it, with a picture."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.http import SignedInRequest
from portal.catalogue import policies, selectors, services
from portal.catalogue.charts import pictures
from portal.catalogue.forms.dependencies import DependencyChangeForm, DependencyForm
from portal.catalogue.models import Application
from portal.catalogue.selectors.neighbourhood import dependents_of, needs_of, neighbourhood
from portal.catalogue.services.applications import RetiredError

form_page = require_http_methods(["GET", "HEAD", "POST"])
PAGE_SIZE = 12


def _application(request: SignedInRequest, slug: str) -> Application:
    visible = selectors.with_standing(selectors.applications_visible_to(request.user))
    return get_object_or_404(visible, slug=slug)


@form_page
def index(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show both directions and the picture, or note another dependency."""
    application = _application(request, slug)
    form = DependencyForm(request.POST or None)
    if request.method == "POST":
        policies.require(request.user, policies.CHANGE_APPLICATION, application)
        if form.is_valid() and form.add(application, actor=request.user, now=timezone.now()):
            needed = form.cleaned_data["needed"]
            messages.success(request, f"{application} depends on {needed}.")
            return redirect("dependencies", application.slug)
    near = neighbourhood(application)
    context = {
        "application": application,
        "tab": "dependencies",
        "form": form,
        "near": near,
        "pictures": pictures(near),
        "needs": needs_of(application),
        "page": Paginator(dependents_of(application), PAGE_SIZE).get_page(request.GET.get("page")),
        "may_change": not application.is_retired
        and policies.allows(request.user, policies.CHANGE_APPLICATION, application),
    }
    return render(request, "catalogue/application_dependencies.html", context)


@form_page
def edit(request: SignedInRequest, slug: str, dependency: int) -> HttpResponse:
    """Change how an application depends on another."""
    application = _application(request, slug)
    policies.require(request.user, policies.CHANGE_APPLICATION, application)
    found = get_object_or_404(needs_of(application), pk=dependency)
    initial = {"kind": found.kind, "note": found.note}
    form = DependencyChangeForm(request.POST or None, initial=initial)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.change(found, actor=request.user, now=timezone.now())
    ):
        messages.success(request, "The dependency is saved.")
        return redirect("dependencies", application.slug)
    context = {"application": application, "dependency": found, "form": form}
    return render(request, "catalogue/dependency_edit.html", context)


@require_POST
def remove(request: SignedInRequest, slug: str, dependency: int) -> HttpResponse:
    """Note that an application no longer depends on another; adding it again is the way back."""
    application = _application(request, slug)
    policies.require(request.user, policies.CHANGE_APPLICATION, application)
    found = get_object_or_404(needs_of(application), pk=dependency)
    try:
        services.remove_dependency(dependency=found, actor=request.user, now=timezone.now())
    except RetiredError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{application} no longer depends on {found.to_application}.")
    return redirect("dependencies", application.slug)
