"""Initiatives: the list, one with its course and what is left to do, writing and moving one."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.http import SignedInRequest
from portal.accounts.policies import NotAllowedError
from portal.core.clock import local_date
from portal.scorecards import policies
from portal.scorecards.charts import progress_figure
from portal.scorecards.forms import InitiativeForm
from portal.scorecards.models import Initiative
from portal.scorecards.selectors.initiatives import (
    course_of,
    initiatives_visible_to,
    left_to_do,
    missing,
    progress_of,
    with_progress,
)
from portal.scorecards.selectors.scorecards import scorecards_visible_to
from portal.scorecards.services import initiatives as services

PAGE_SIZE = 25


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """List initiatives, those under way first."""
    found = initiatives_visible_to(request.user)
    context = {
        "running": with_progress(found.running()),
        "others": with_progress(found.others()),
        "scorecards": list(scorecards_visible_to(request.user)),
        "may_begin": policies.allows(request.user, policies.BEGIN_INITIATIVES),
        "now": timezone.now(),
    }
    return render(request, "scorecards/initiatives.html", context)


@require_safe
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one initiative: how far it is, how it went, and who still has to do what."""
    initiative = _initiative(request, pk)
    left = missing(initiative).order_by("application__name", "application_id")
    page = Paginator(left, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "initiative": initiative,
        "progress": progress_of(initiative),
        "course": list(reversed(course_of(initiative))),
        "page": page,
        "todo": left_to_do(initiative, page.object_list),
        "may_change": policies.allows(request.user, policies.CHANGE_INITIATIVE, initiative),
        "now": timezone.now(),
    }
    return render(request, "scorecards/initiative.html", context)


@require_safe
def figures(request: SignedInRequest, pk: int) -> HttpResponse:
    """Return the Plotly figure of an initiative's course."""
    initiative = _initiative(request, pk)
    today = local_date(timezone.now(), settings.COMPANY_ZONE)
    return JsonResponse({"progress": progress_figure(initiative, course_of(initiative), today)})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest, slug: str) -> HttpResponse:
    """Write an initiative down for a scorecard."""
    scorecard = get_object_or_404(scorecards_visible_to(request.user), slug=slug)
    policies.require(request.user, policies.BEGIN_INITIATIVES)
    form = InitiativeForm(
        request.POST or None, scorecard=scorecard, initial={"owner": request.user}
    )
    if request.method == "POST" and form.is_valid():
        try:
            initiative = services.create_initiative(
                scorecard=scorecard, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
        except services.InitiativeError as error:
            form.add_error(None, str(error))
        except NotAllowedError as error:
            form.add_error("team", str(error))
        else:
            messages.success(request, "Written down as a draft.")
            return redirect(initiative)
    return render(request, "scorecards/initiative_form.html", {"form": form, "of": scorecard})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change an initiative."""
    initiative = _initiative(request, pk)
    policies.require(request.user, policies.CHANGE_INITIATIVE, initiative)
    form = InitiativeForm(
        request.POST or None,
        scorecard=initiative.scorecard,
        initial=InitiativeForm.initial_of(initiative),
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_initiative(
                initiative=initiative,
                actor=request.user,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except services.InitiativeError as error:
            form.add_error(None, str(error))
        except NotAllowedError as error:
            form.add_error("team", str(error))
        else:
            messages.success(request, "Saved.")
            return redirect(initiative)
    context = {"form": form, "of": initiative.scorecard, "initiative": initiative}
    return render(request, "scorecards/initiative_form.html", context)


@require_POST
def announce(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a draft count."""
    initiative = _initiative(request, pk)
    try:
        services.announce_initiative(initiative=initiative, actor=request.user, now=timezone.now())
    except services.InitiativeError as error:
        messages.error(request, str(error))
    return redirect(initiative)


@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Call an initiative off."""
    initiative = _initiative(request, pk)
    try:
        services.cancel_initiative(initiative=initiative, actor=request.user, now=timezone.now())
    except services.InitiativeError as error:
        messages.error(request, str(error))
    return redirect(initiative)


def _initiative(request: SignedInRequest, pk: int) -> Initiative:
    return get_object_or_404(initiatives_visible_to(request.user), pk=pk)
