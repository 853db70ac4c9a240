"""What is wrong with the cover ahead, a mend for each, and accepting a gap."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from oncall import policies
from oncall.charts.entries import gap_url, override_url
from oncall.charts.pictures import may_change_any
from oncall.forms.gaps import AcceptForm, GapFilters
from oncall.models import Change, Rota
from oncall.rota import Span
from oncall.selectors.flaws import (
    Flaw,
    FlawKind,
    flaws,
    flaws_page,
    gaps_per_team,
    gaps_visible_to,
    read_place,
)
from oncall.selectors.swaps import rotas_traded_by
from oncall.services import gaps as services
from portal.accounts.http import SignedInRequest
from portal.core.export import Cell, csv_response

HEADER = ("begins", "ends", "what", "team", "rota", "role", "person", "accepted", "note")


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """List gaps, overlaps and people who are hard to reach, the next first."""
    now = timezone.now()
    filters = GapFilters(request.GET, viewer=request.user)
    page = flaws_page(
        filters.scope,
        now=now,
        kind=filters.kind_chosen,
        place=read_place(request.GET.get("place", "")),
    )
    may_change = may_change_any(request.user)
    context = {
        "filters": filters,
        "page": page,
        "rows": [(one, mend_url(one, may_change, now), may_change(one.rota)) for one in page.rows],
        "teams": gaps_per_team(filters.scope, now=now),
        "traded": set(rotas_traded_by(request.user).values_list("pk", flat=True)),
        "now": now,
    }
    return render(request, "oncall/gaps.html", context)


@require_safe
def export(request: SignedInRequest) -> HttpResponseBase:
    """Return the whole list as CSV; that it leaves is on record."""
    now = timezone.now()
    filters = GapFilters(request.GET, viewer=request.user)
    rows = [_row(one) for one in flaws(filters.scope, now=now, kind=filters.kind_chosen)]
    services.record_export(
        rows=len(rows), filters=request.GET.urlencode()[:500], actor=request.user, now=now
    )
    return csv_response("oncall-gaps.csv", header=HEADER, rows=rows)


@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: SignedInRequest, pk: int) -> HttpResponse:
    """Accept that nobody is on call in a gap, with a note."""
    gap = get_object_or_404(gaps_visible_to(request.user), pk=pk)
    policies.require(request.user, policies.CHANGE_ROTA, gap)
    form = AcceptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.accept_gap(
                gap=gap, note=form.cleaned_data["note"], actor=request.user, now=timezone.now()
            )
        except services.GapError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Accepted. It alarms nobody any more.")
            return redirect("gaps")
    return render(request, "oncall/gap_accept.html", {"gap": gap, "form": form})


def mend_url(flaw: Flaw, may_change: Callable[[Rota], bool], now: datetime) -> str:
    """Return where somebody who may can mend it; empty for others."""
    if not may_change(flaw.rota):
        return ""
    if flaw.gap:
        return gap_url(flaw.gap, now)
    span = Span(max(flaw.span.start, now), flaw.span.end)
    return override_url(flaw.rota, span, role=flaw.role, kind=Change.REPLACE, goes=flaw.person)


def _row(flaw: Flaw) -> Sequence[Cell]:
    gap = flaw.gap
    return (
        flaw.span.start,
        flaw.span.end,
        flaw.kind.label if flaw.kind is FlawKind.GAP else flaw.words,
        flaw.rota.team.name,
        flaw.rota.name,
        flaw.role.label,
        flaw.person.email if flaw.person else "",
        gap.accepted_at if gap else None,
        gap.note if gap else "",
    )
