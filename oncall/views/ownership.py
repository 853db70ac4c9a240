"""Who owns the nights: the scoreboard of applications, cover per tier, and teams by name."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from oncall.forms.claims import ScoreboardFilters
from oncall.selectors import ownership
from oncall.services.ownership import record_scoreboard_export
from portal.accounts.http import SignedInRequest
from portal.catalogue.models import Application
from portal.core.export import Cell, csv_response
from portal.core.keyset import Order, keyset_page

BY_NAME = Order("name", descending=False, read=str)
HEADER = ("application", "owner", "tier", "state", "since", "met", "items", "not_ready_since")
CHUNK = 2000


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """List applications with their claims and readiness, cover per tier above them."""
    now = timezone.now()
    filters = ScoreboardFilters(request.GET)
    tiers = ownership.cover_by_tier(now=now)
    page = keyset_page(
        _chosen(request, filters), order=BY_NAME, cursor=request.GET.get("place", "")
    )
    context = {
        "filters": filters,
        "page": page,
        "rows": [(one, ownership.nights_of(one)) for one in page.rows],
        "tiers": tiers,
        "sentence": ownership.in_a_sentence(tiers),
        "recognised": ownership.took_on(since=ownership.quarter_of(now)),
        "now": now,
    }
    return render(request, "oncall/ownership.html", context)


@require_safe
def export(request: SignedInRequest) -> HttpResponseBase:
    """Download the scoreboard as it is filtered."""
    now = timezone.now()
    found = _chosen(request, ScoreboardFilters(request.GET)).order_by("name", "pk")
    record_scoreboard_export(
        rows=found.count(), filters=request.GET.urlencode(), actor=request.user, now=now
    )
    return csv_response("ownership.csv", header=HEADER, rows=_rows(found))


def _chosen(request: SignedInRequest, filters: ScoreboardFilters) -> QuerySet[Application]:
    wanted = filters.wanted
    found = ownership.scoreboard(request.user, wanted or ownership.Wanted())
    return found if wanted else found.none()


def _rows(found: QuerySet[Application]) -> Iterator[tuple[Cell, ...]]:
    fields = ("slug", "owner__slug", "tier", "claim_state", "claim_since", "claim_met",
              "claim_items", "claim_unready_since")  # fmt: skip
    for row in found.values_list(*fields).iterator(chunk_size=CHUNK):
        slug, owner, tier, state, since, met, items, unready = row
        at: datetime | None = unready
        yield slug, owner, tier, state or ownership.CENTRAL, since, met, items, at
