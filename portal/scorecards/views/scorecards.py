"""All scorecards, one with its matrix, its trend, and its export."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.http import SignedInRequest
from portal.catalogue.models import Team
from portal.catalogue.selectors import teams_visible_to, with_owners_beside
from portal.core.clock import local_date
from portal.core.export import Cell, csv_response
from portal.core.htmx import render_list
from portal.scorecards import policies
from portal.scorecards.charts import trend_figure
from portal.scorecards.forms import MatrixFilters
from portal.scorecards.models import Scorecard
from portal.scorecards.rules.evaluation import State
from portal.scorecards.selectors.exemptions import count_live
from portal.scorecards.selectors.initiatives import initiatives_visible_to, with_progress
from portal.scorecards.selectors.matrix import rows_of
from portal.scorecards.selectors.scorecards import distributions, scorecards_visible_to, trend
from portal.scorecards.services.exports import record_export

PAGE_SIZE = 50
CHUNK = 500


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Show every scorecard with how applications are spread over its levels, and initiatives."""
    scorecards = list(scorecards_visible_to(request.user))
    context = {
        "distributions": distributions(scorecards),
        "initiatives": with_progress(initiatives_visible_to(request.user).running()),
        "exemptions": count_live(),
        "may_change": policies.allows(request.user, policies.CHANGE_SCORECARD),
        "now": timezone.now(),
    }
    return render(request, "scorecards/index.html", context)


@require_safe
def show(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show one scorecard: the spread, the trend, and applications by rules."""
    scorecard = _scorecard(request, slug)
    filters = MatrixFilters(request.GET, scorecard=scorecard)
    page = Paginator(with_owners_beside(filters.applications(request.user)), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "scorecard": scorecard,
        "definition": scorecard.definition,
        "filters": filters,
        "page": page,
        "rows": rows_of(scorecard, page.object_list),
        "states": list(State),
        "now": timezone.now(),
    }
    if not request.htmx:
        team = filters.chosen_team
        days = trend(scorecard, team=team, today=_today())
        context |= {
            "team": team,
            "distribution": distributions([scorecard], team)[0],
            "days": list(reversed(days)),
            "may_change": policies.allows(request.user, policies.CHANGE_SCORECARD),
            "may_begin": policies.allows(request.user, policies.BEGIN_INITIATIVES),
        }
    return render_list(request, "scorecards/scorecard.html", context)


@require_safe
def team_card(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the card of a team's page: the levels of its applications."""
    team = get_object_or_404(teams_visible_to(request.user), slug=slug)
    scorecards = list(scorecards_visible_to(request.user))
    context = {"team": team, "distributions": distributions(scorecards, team)}
    return render(request, "scorecards/_team.html", context)


@require_safe
def figures(request: SignedInRequest, slug: str) -> HttpResponse:
    """Return the Plotly figure of the trend."""
    scorecard = _scorecard(request, slug)
    days = trend(scorecard, team=_team(request), today=_today())
    return JsonResponse({"trend": trend_figure(scorecard.definition, days, _today())})


@require_safe
def export(request: SignedInRequest, slug: str) -> HttpResponseBase:
    """Hand the filtered matrix out as CSV, and put that on record."""
    scorecard = _scorecard(request, slug)
    found = MatrixFilters(request.GET, scorecard=scorecard).applications(request.user)
    record_export(
        scorecard=scorecard,
        rows=found.count(),
        filters=request.GET.urlencode(),
        actor=request.user,
        now=timezone.now(),
    )
    rules = [rule.key for rule in scorecard.definition.rules]
    header = ["application", "address", "owner", "tier", "level", *rules]
    return csv_response(f"{slug}.csv", header=header, rows=_lines(scorecard, found))


def _lines(scorecard: Scorecard, found: object) -> Iterator[Sequence[Cell]]:
    """Yield a line for each application, having read so many at a time."""
    for page in Paginator(found, CHUNK):  # type: ignore[arg-type, var-annotated]
        for row in rows_of(scorecard, page.object_list):
            owner = row.application.owner
            yield (
                row.application.name,
                row.application.slug,
                owner.slug if owner else "",
                row.application.tier,
                row.level_name,
                *(cell.state.label if cell.state else "" for cell in row.cells),
            )


def _scorecard(request: SignedInRequest, slug: str) -> Scorecard:
    return get_object_or_404(scorecards_visible_to(request.user), slug=slug)


def _team(request: SignedInRequest) -> Team | None:
    return teams_visible_to(request.user).filter(slug=request.GET.get("team", "")).first()


def _today() -> date:
    return local_date(timezone.now(), settings.COMPANY_ZONE)
