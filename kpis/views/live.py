"""What the scripts of a KPI page ask for: its figures, and whether there is news."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django_htmx.http import trigger_client_event

from kpis.charts import figures
from kpis.metrics.periods import PeriodError
from kpis.selectors.pages import DEFAULT_GRAIN, KpiPage, kpi_page
from kpis.selectors.revisions import revision_at
from kpis.selectors.scopes import UnknownScopeError, find_scope
from kpis.selectors.timeline import Marks, marks
from portal.core.problems import problem


def chart_figures(request: HttpRequest, scope: str, slug: str) -> HttpResponse:
    """Return the Plotly figures of a scope's charts by their keys."""
    try:
        page = kpi_page(
            find_scope(word=scope, slug=slug, viewer=request.user),
            now=timezone.now(),
            grain=request.GET.get("grain", DEFAULT_GRAIN),
            period=request.GET.get("period", ""),
        )
    except UnknownScopeError as error:
        return problem(404, str(error))
    except PeriodError as error:
        return problem(400, str(error))
    return JsonResponse(figures(page, _marks(page)))


def _marks(page: KpiPage) -> Marks | None:
    if page.scope.word != "application":
        return None
    since, _ = page.points[0].period.bounds(page.scope.zone)
    _, until = page.period.bounds(page.scope.zone)
    return marks(page.scope, since, until)


@never_cache
def fresh(request: HttpRequest, scope: str, slug: str) -> HttpResponse:
    """Answer 204 while the figures are those of `?revision=`, else tell the page to renew them."""
    revision = revision_at(word=scope, slug=slug)
    if str(revision) == request.GET.get("revision"):
        return HttpResponse(status=204)
    response = render(request, "kpis/_updated.html", {"now": timezone.now()})
    return trigger_client_event(response, "kpis:changed")
