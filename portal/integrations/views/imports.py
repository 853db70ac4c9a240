"""Pages on imports: asking for one, watching it, calling it off, asking again."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from portal.accounts.http import SignedInRequest
from portal.catalogue import policies
from portal.catalogue.selectors import applications_visible_to
from portal.integrations.adapters.sources import SourceError
from portal.integrations.forms import ImportForm, TagsForm
from portal.integrations.selectors import imports as selectors
from portal.integrations.services import requests


def new(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the form to import a history into an application, or ask for the import."""
    application = get_object_or_404(applications_visible_to(request.user), slug=slug)
    policies.require(request.user, policies.CHANGE_APPLICATION, application)
    like = selectors.import_to_repeat(application, request.GET.get("like", ""))
    form = ImportForm(request.POST or None, application=application, like=like)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(
                requests.request_import(
                    application=application,
                    environment=form.cleaned_data["environment"],
                    source=form.cleaned_data["source"],
                    selection=form.selection,
                    actor=request.user,
                    now=timezone.now(),
                )
            )
        except requests.ImportRunningError as error:
            form.add_error(None, str(error))
    context = {
        "application": application,
        "form": form,
        "sources": selectors.suggested_sources(application),
        "allowed": settings.IMPORT_ALLOWED_SOURCES,
    }
    return render(request, "integrations/import_new.html", context)


@require_GET
def preview(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show which tags of a repository would be deployments."""
    application = get_object_or_404(applications_visible_to(request.user), slug=slug)
    policies.require(request.user, policies.CHANGE_APPLICATION, application)
    form = TagsForm(request.GET)
    context: dict[str, object] = {}
    if request.GET.get("source") and form.is_valid():
        try:
            context["tags"] = selectors.tags_in(form.cleaned_data["source"], form.selection)
        except SourceError as error:
            context["problem"] = str(error)
    return render(request, "integrations/_tags.html", context)


@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show how an import stands; htmx asks for that part alone until it is over."""
    job = get_object_or_404(selectors.imports_visible_to(request.user), pk=pk)
    template = "integrations/import.html" + ("#state" if request.htmx else "")
    may_change = policies.allows(request.user, policies.CHANGE_APPLICATION, job.application)
    return render(request, template, {"job": job, "may_change": may_change})


@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Call an import off."""
    job = get_object_or_404(selectors.imports_visible_to(request.user), pk=pk)
    try:
        requests.cancel_import(job=job, actor=request.user, now=timezone.now())
    except requests.ImportOverError as error:
        messages.info(request, str(error))
    return redirect(job)


@require_POST
def again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Import the same once more, for what is new since."""
    job = get_object_or_404(selectors.imports_visible_to(request.user), pk=pk)
    try:
        job = requests.repeat_import(job=job, actor=request.user, now=timezone.now())
    except (SourceError, requests.ImportRunningError) as error:
        messages.error(request, str(error))
    return redirect(job)
