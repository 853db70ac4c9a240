"""The tables of rows behind the numbers of a scope's period, and their export."""

from datetime import datetime

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kpis.filters import RowFilters
from kpis.metrics.periods import Period, PeriodError, parse_period, period_at
from kpis.selectors import rows
from kpis.selectors.pages import rows_url
from kpis.selectors.rows import Fact
from kpis.selectors.scopes import Scope, UnknownScopeError, find_scope
from kpis.services.exports import record_export
from kpis.views.tables import CHANGES, DEPLOYMENTS, INCIDENTS, Table
from portal.accounts.http import SignedInRequest
from portal.accounts.models import User
from portal.core.export import csv_response
from portal.core.keyset import keyset_page

# How many rows an export holds in memory at a time.
CHUNK = 2000


@require_GET
def deployments(request: SignedInRequest, word: str, slug: str) -> HttpResponseBase:
    """Show the deployments that the numbers of a scope's period count."""
    return _table(request, word, slug, DEPLOYMENTS)


@require_GET
def changes(request: SignedInRequest, word: str, slug: str) -> HttpResponseBase:
    """Show the changes that the numbers of a scope's period count."""
    return _table(request, word, slug, CHANGES)


@require_GET
def incidents(request: SignedInRequest, word: str, slug: str) -> HttpResponseBase:
    """Show the incidents that the numbers of a scope's period count."""
    return _table(request, word, slug, INCIDENTS)


def _table(request: SignedInRequest, word: str, slug: str, table: Table[Fact]) -> HttpResponseBase:
    now = timezone.now()
    scope, period = _asked(request, word, slug, now)
    filters = table.filters(request.GET)
    found = filters.apply(table.find(scope, period))
    if request.GET.get("format") == "csv":
        return _export(table, filters, scope=scope, period=period, actor=request.user, now=now)
    page = keyset_page(
        table.with_details(found), order=filters.order, cursor=request.GET.get("place", "")
    )
    template = f"kpis/rows_{table.facts}.html"
    context = _around(scope, period, now) | {
        "facts": table.facts,
        "kpis": table.kpis,
        "filters": filters,
        "tabs": filters.tabs(rows.rollup(scope, period)),
        "page": page,
        "nothing": f"No {table.facts} {period.when}",
        "latest": None if page.rows else rows.latest_period(scope, period.grain),
    }
    return render(request, f"{template}#table" if request.htmx else template, context)


def _around(scope: Scope, period: Period, now: datetime) -> dict[str, object]:
    """Return what leads from the table to its neighbours: other periods and other facts."""
    later = period.shift(1)
    return {
        "scope": scope,
        "period": period,
        "earlier": period.shift(-1),
        "later": later if later <= period_at(period.grain, now, scope.zone) else None,
        "kinds": [
            (table.facts, rows_url(scope, period, table.facts))
            for table in (DEPLOYMENTS, CHANGES, INCIDENTS)
        ],
    }


def _asked(request: SignedInRequest, word: str, slug: str, now: datetime) -> tuple[Scope, Period]:
    """Return the scope and period of the address; without a period, the last complete month."""
    try:
        scope = find_scope(word=word, slug=slug, viewer=request.user)
        grain = request.GET.get("grain", "month")
        text = request.GET.get("period")
        period = parse_period(grain, text) if text else period_at(grain, now, scope.zone).shift(-1)
    except (UnknownScopeError, PeriodError) as error:
        raise Http404(str(error)) from error
    return scope, period


def _export(
    table: Table[Fact],
    filters: RowFilters[Fact],
    *,
    scope: Scope,
    period: Period,
    actor: User,
    now: datetime,
) -> HttpResponseBase:
    """Stream the rows that fit, after recording that somebody takes them away."""
    found = filters.apply(table.find(scope, period))
    record_export(
        scope=f"{scope.word}:{scope.slug}",
        facts=table.facts,
        rows=found.count(),
        filters=f"{period.key} {filters.in_words()}".strip(),
        actor=actor,
        now=now,
    )
    sign = "-" if filters.order.descending else ""
    ordered = table.with_details(found).order_by(f"{sign}{filters.order.key}", f"{sign}pk")
    return csv_response(
        f"{scope.slug}-{table.facts}-{period.key}.csv",
        header=list(table.columns),
        rows=(
            [column(row) for column in table.columns.values()]
            for row in ordered.iterator(chunk_size=CHUNK)
        ),
    )
