"""How quickly people and applications get started: two KPIs and the registrations behind them."""

from datetime import datetime, timedelta

from django.core.exceptions import BadRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kpis.metrics.definitions import FEWEST_FOR_P90
from kpis.metrics.onboarding import DEFAULT_SPAN, SOON_DEPLOYED, SOON_REGISTERED, SPANS
from kpis.selectors import onboarding as selectors
from kpis.services.exports import record_export
from portal.accounts.http import SignedInRequest
from portal.core.export import csv_response
from portal.core.keyset import Order, keyset_page

ORDER = Order("registered_at")
HEADER = (
    "application",
    "registered by",
    "registered at",
    "seconds from signing in",
    "seconds to the first deployment",
)


@require_safe
def onboarding(request: SignedInRequest) -> HttpResponseBase:
    """Show the figures of the last days, and which registrations they are of."""
    days, now = _days(request), timezone.now()
    since = now - timedelta(days=days)
    if request.GET.get("format") == "csv":
        return _export(request, since, now, days)
    found = selectors.registrations(request.user, since=since, until=now)
    context = {
        "figures": selectors.onboarding(since=since, until=now),
        "page": keyset_page(found, order=ORDER, cursor=request.GET.get("place", "")),
        "days": days,
        "spans": SPANS,
        "fewest_for_p90": FEWEST_FOR_P90,
        "soon_registered": SOON_REGISTERED,
        "soon_deployed": SOON_DEPLOYED,
    }
    return render(request, "kpis/onboarding.html", context)


def _days(request: SignedInRequest) -> int:
    wanted = request.GET.get("days", str(DEFAULT_SPAN))
    if wanted not in {str(span) for span in SPANS}:
        raise BadRequest(f"Choose {', '.join(map(str, SPANS))} days.")
    return int(wanted)


def _export(
    request: SignedInRequest, since: datetime, now: datetime, days: int
) -> HttpResponseBase:
    found = selectors.registrations(request.user, since=since, until=now)
    record_export(
        scope="company",
        facts="registrations",
        rows=found.count(),
        filters=f"the last {days} days",
        actor=request.user,
        now=now,
    )
    rows = (
        (
            one.application.slug,
            one.person.email,
            one.registered_at,
            one.took.total_seconds() if one.took else None,
            one.deployed_after.total_seconds() if one.deployed_after else None,
        )
        for one in found.order_by("-registered_at", "-pk").iterator(chunk_size=2000)
    )
    return csv_response(f"registrations-{days}-days.csv", header=HEADER, rows=rows)
