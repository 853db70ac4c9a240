"""Fairness: who carries how much of a team's nights, weekends and holidays."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from oncall import policies
from oncall.forms.fairness import FairnessForm, Stretch
from oncall.models import Rota
from oncall.rota import Span
from oncall.selectors.duty import rotas_for
from oncall.selectors.fairness import Fairness, fairness, with_suggestions
from oncall.selectors.rotas import rotas_of
from oncall.services.exports import record_fairness_export
from portal.accounts.http import SignedInRequest
from portal.catalogue.models import Team
from portal.core.export import Cell, csv_response

LENGTHS = {
    Stretch.QUARTER: timedelta(weeks=-13),
    Stretch.YEAR: timedelta(weeks=-52),
    Stretch.AHEAD: timedelta(days=90),
}
HEADER = (
    "Person", "Hours", "Share of hours", "Mark", "Share of nights", "Share of weekends",
    "Share of holidays", "Call-outs",
)  # fmt: skip


class _Chosen(NamedTuple):
    team: Team
    rotas: Sequence[Rota]
    stretch: Stretch
    zone: ZoneInfo


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Compare the people of a team or of a rota."""
    now = timezone.now()
    form = FairnessForm(request.GET)
    chosen = _chosen(request, form)
    found = _fairness(chosen, now) if chosen else None
    context = {
        "form": form,
        "chosen": chosen,
        "found": with_suggestions(found, chosen.rotas, now=now) if chosen and found else None,
        "stretch": chosen.stretch if chosen else Stretch.QUARTER,
    }
    return render(request, "oncall/fairness.html", context)


@require_safe
def export(request: SignedInRequest) -> HttpResponseBase:
    """Send the comparison as CSV."""
    now = timezone.now()
    chosen = _chosen(request, FairnessForm(request.GET))
    if chosen is None:
        raise Http404
    found = _fairness(chosen, now)
    record_fairness_export(
        team=chosen.team, rows=len(found.people), period=str(chosen.stretch.label),
        actor=request.user, now=now,
    )  # fmt: skip
    return csv_response(f"fairness-{chosen.team.slug}.csv", header=HEADER, rows=_rows(found))


def _chosen(request: SignedInRequest, form: FairnessForm) -> _Chosen | None:
    """Return the rotas that are asked for, or the first of one's own; None when there is none.

    Of a team that is not one's own nobody is told more than of one that is not there.
    """
    if not form.is_valid():
        return None
    rota, team = form.cleaned_data["rota"], form.cleaned_data["team"]
    stretch = Stretch(form.cleaned_data["period"] or Stretch.QUARTER)
    if not (rota or team):
        rota = rotas_for(request.user).first()
    if rota:
        team, rotas, zone = rota.team, [rota], rota.zone
    elif team:
        rotas, zone = list(rotas_of(team)), team.zone
    else:
        return None
    if not policies.allows(request.user, policies.READ_TRADES, team):
        raise Http404
    return _Chosen(team, rotas, stretch, ZoneInfo(zone))


def _fairness(chosen: _Chosen, now: datetime) -> Fairness:
    ends = sorted((now, now + LENGTHS[chosen.stretch]))
    return fairness(chosen.rotas, Span(*ends), chosen.zone)


def _rows(found: Fairness) -> Iterator[tuple[Cell, ...]]:
    for one in found.people:
        yield (
            one.person.name,
            round(one.whole.hours, 2),
            round(one.whole.share, 4),
            one.whole.mark.value,
            round(one.nights.share, 4),
            round(one.weekends.share, 4),
            round(one.holidays.share, 4),
            one.callouts,
        )
