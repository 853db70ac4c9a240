"""The pages of an application, a team and the company: facts, KPIs and what to do next."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kpis.charts import charts
from kpis.metrics.definitions import KPIS
from kpis.metrics.periods import PeriodError
from kpis.selectors.comparisons import WORST, compare
from kpis.selectors.movers import movers
from kpis.selectors.pages import DEFAULT_GRAIN, KpiPage, kpi_page
from kpis.selectors.picker import picker
from kpis.selectors.revisions import revision_of
from kpis.selectors.scopes import Scope, scope_of_application, scope_of_company, scope_of_team
from kpis.selectors.timeline import timeline
from oncall.selectors.ownership import (
    cover_by_tier,
    in_a_sentence,
    nights_of,
    with_nights,
    with_team_nights,
)
from portal.accounts.http import SignedInRequest
from portal.accounts.policies import can_write
from portal.catalogue.policies import CHANGE_APPLICATION, CHANGE_TEAM, allows, may_attest
from portal.catalogue.selectors import (
    ancestors,
    applications_visible_to,
    teams_visible_to,
    with_facts,
    with_people,
)
from portal.catalogue.selectors.attestation import attestation_of, due_at
from portal.home.selectors.checklist import checklist_of
from portal.home.selectors.pages import directly_below, top_of_tree
from portal.integrations.selectors.imports import imports_of

IMPORTS_SHOWN = 5


@require_safe
def application(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show one application: its facts, its KPIs and what happened to it."""
    visible = with_nights(with_facts(applications_visible_to(request.user)))
    found = get_object_or_404(visible.select_related("first_deployment"), slug=slug)
    page = _asked(request, scope_of_application(found))
    may_change = allows(request.user, CHANGE_APPLICATION, found)
    context = _kpis(request, page) | {
        "application": found,
        "attestation": attestation_of(found, timezone.now()),
        "nights": nights_of(found),
        "due_at": due_at(found),
        "may_change": may_change,
        "may_attest": may_attest(request.user, found, may_change=may_change),
        "can_write": can_write(request.user),
        "checklist": checklist_of(found),
        "events": timeline(page.scope),
        "imports": imports_of(found)[:IMPORTS_SHOWN],
    }
    return render(request, "home/application.html", context)


@require_safe
def team(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show one node of the team tree: its people, its KPIs and what is below it."""
    found = get_object_or_404(
        with_team_nights(with_people(teams_visible_to(request.user))), slug=slug
    )
    page = _asked(request, scope_of_team(found))
    context = _kpis(request, page) | {
        "team": found,
        "ancestors": ancestors(found),
        "may_change": allows(request.user, CHANGE_TEAM, found),
        "comparison": _compared(request, page, directly_below(request.user, found)),
        "columns": KPIS,
    }
    return render(request, "home/team.html", context)


@require_safe
def company(request: SignedInRequest) -> HttpResponse:
    """Show the whole company: six sentences, who stands where, and what changed most."""
    page = _asked(request, scope_of_company())
    worse, better = movers(period=page.period, days=page.shown.days, now=timezone.now())
    tiers = cover_by_tier(now=timezone.now())
    context = _kpis(request, page) | {
        "tiers": tiers,
        "nights": in_a_sentence(tiers),
        "comparison": _compared(request, page, top_of_tree(request.user)),
        "columns": KPIS,
        "worse": worse,
        "better": better,
    }
    return render(request, "home/company.html", context)


def _asked(request: SignedInRequest, scope: Scope) -> KpiPage:
    try:
        return kpi_page(
            scope,
            now=timezone.now(),
            grain=request.GET.get("grain", DEFAULT_GRAIN),
            period=request.GET.get("period", ""),
        )
    except PeriodError as error:
        raise BadRequest(str(error)) from error


def _kpis(request: SignedInRequest, page: KpiPage) -> dict[str, Any]:
    return {
        "page": page,
        "charts": charts(page),
        "picker": picker(page, request.GET.dict()),
        "revision": revision_of(page.scope),
        "now": timezone.now(),
    }


def _compared(request: SignedInRequest, page: KpiPage, scopes: Any) -> Any:
    sort = request.GET.get("sort", WORST)
    return compare(scopes, period=page.period, now=timezone.now(), sort=sort)
