"""Leave: mine, and of people I lead; told on the page, or by a calendar."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from oncall import policies
from oncall.forms.leave import CalendarImportForm, LeaveForm
from oncall.selectors.calendars import MOST_LISTED, Absences, absences_in
from oncall.selectors.leave import leave_visible_to, people_led_by
from oncall.selectors.previews import Preview, preview_leave
from oncall.services import leave as services
from portal.accounts.http import SignedInRequest

LATELY = timedelta(days=30)
MOST = 100


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: SignedInRequest) -> HttpResponse:
    """List leave, and tell of some: first what it would open, then it is told."""
    now = timezone.now()
    previews: list[Preview] | None = None
    if request.method == "POST":
        form = LeaveForm(request.POST, viewer=request.user)
        if form.is_valid() and _add(request, form):
            return redirect("leave")
    elif "preview" in request.GET:
        form = LeaveForm(request.GET, viewer=request.user)
    else:
        form = LeaveForm(viewer=request.user)
    if form.is_bound and form.is_valid():
        policies.require(request.user, policies.CHANGE_LEAVE, form.person_meant)
        previews = preview_leave([form.leave()], now=now)
    visible = leave_visible_to(request.user).filter(ends_at__gt=now - LATELY)
    led = people_led_by(request.user)
    context = {
        "form": form,
        "previews": previews,
        "mine": visible.filter(person=request.user).order_by("starts_at", "pk")[:MOST],
        "theirs": visible.filter(person__in=led.values("pk"))
        .exclude(person=request.user)
        .order_by("starts_at", "pk")[:MOST],
        "now": now,
    }
    return render(request, "oncall/leave.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: SignedInRequest) -> HttpResponse:
    """Read a calendar, show what of it would be leave and what that opens, and tell what is ticked."""
    now = timezone.now()
    form = CalendarImportForm(
        request.POST if request.method == "POST" else None,
        request.FILES,
        viewer=request.user,
        initial={"person": request.GET.get("person", "")},
    )
    context: dict[str, Any] = {"form": form, "blank": form}
    if form.is_valid():
        policies.require(request.user, policies.CHANGE_LEAVE, form.person_meant)
        found = absences_in(form.calendar, form.person_meant, now=now)
        if "add" in request.POST or "again" in request.POST:
            found = found.ticking(set(request.POST.getlist("event")))
        if "add" in request.POST and _import(request, form, found, now):
            return redirect("leave")
        chosen = [one.leave_of(form.person_meant) for one in found.chosen]
        context |= {
            "blank": CalendarImportForm(viewer=request.user),
            "found": found,
            "previews": preview_leave(chosen, now=now),
            "carried": form.carried,
            "most": MOST_LISTED,
        }
    return render(request, "oncall/leave_import.html", context)


@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take leave back."""
    leave = get_object_or_404(leave_visible_to(request.user), pk=pk)
    if not policies.allows(request.user, policies.CHANGE_LEAVE, leave):
        raise Http404
    try:
        services.cancel_leave(leave=leave, actor=request.user, now=timezone.now())
    except services.LeaveError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Taken back. The turns are as planned again.")
    return redirect("leave")


def _add(request: SignedInRequest, form: LeaveForm) -> bool:
    try:
        services.add_leave(
            person=form.person_meant,
            starts_at=form.starts_at,
            ends_at=form.ends_at,
            note=form.cleaned_data["note"],
            actor=request.user,
            now=timezone.now(),
        )
    except services.LeaveError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, "Told. Who plans sees what it opens.")
    return True


def _import(
    request: SignedInRequest, form: CalendarImportForm, found: Absences, now: datetime
) -> bool:
    try:
        imported = services.import_leave(
            person=form.person_meant,
            periods=services.periods_of(found, has_notes=form.cleaned_data["has_notes"]),
            source=form.source,
            actor=request.user,
            now=now,
        )
    except services.LeaveError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, f"{imported}. Who plans sees what it opens.")
    return True
