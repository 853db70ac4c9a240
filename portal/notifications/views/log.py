"""The log of deliveries: one's own, all of them, one of them, and trying again."""

from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.http import SignedInRequest
from portal.core.export import csv_response
from portal.core.keyset import Order, keyset_page
from portal.notifications import policies
from portal.notifications.forms import LogFilters
from portal.notifications.models import Delivery, DeliveryState
from portal.notifications.selectors.deliveries import (
    deliveries_of,
    deliveries_retried_by,
    deliveries_visible_to,
)
from portal.notifications.services.log import NotRetriedError, record_export, retry_delivery

LARGEST_EXPORT = 100_000
CHUNK = 1000
HEADER = (
    "id",
    "created_at",
    "to",
    "kind",
    "title",
    "way",
    "state",
    "attempts",
    "ended_at",
    "error",
)


@require_safe
def own(request: SignedInRequest) -> HttpResponse:
    """List the deliveries to oneself, the newest first."""
    return _listed(request, deliveries_of(request.user), shows_all=False)


@require_safe
def everybody(request: SignedInRequest) -> HttpResponseBase:
    """List all deliveries, the newest first, or take them away as CSV."""
    policies.require(request.user, policies.READ_LOG)
    found = deliveries_visible_to(request.user)
    if request.GET.get("format") == "csv":
        return _export(request, LogFilters(request.GET).narrow(found), timezone.now())
    return _listed(request, found, shows_all=True)


@require_safe
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one delivery with every attempt."""
    delivery = get_object_or_404(deliveries_visible_to(request.user), pk=pk)
    context = {
        "delivery": delivery,
        "failures": list(delivery.failures.all()),
        "is_own": delivery.user_id == request.user.pk,
        "may_retry": delivery.state == DeliveryState.FAILED
        and delivery.notice_id is not None
        and delivery.way.removed_at is None
        and policies.allows(request.user, policies.RETRY_DELIVERY, delivery),
        "now": timezone.now(),
    }
    return render(request, "notifications/delivery.html", context)


@require_POST
def retry(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a delivery be tried again."""
    delivery = get_object_or_404(deliveries_retried_by(request.user), pk=pk)
    try:
        retry_delivery(delivery=delivery, actor=request.user, now=timezone.now())
    except NotRetriedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "It is tried again now.")
    return redirect(delivery)


def _listed(
    request: SignedInRequest, found: QuerySet[Delivery], *, shows_all: bool
) -> HttpResponse:
    filters = LogFilters(request.GET)
    order = Order("created_at")
    context = {
        "filters": filters,
        "page": keyset_page(
            filters.narrow(found), order=order, cursor=request.GET.get("place", "")
        ),
        "shows_all": shows_all,
        "may_read_all": policies.allows(request.user, policies.READ_LOG),
        "now": timezone.now(),
    }
    return render(request, "notifications/log.html", context)


def _export(
    request: SignedInRequest, found: QuerySet[Delivery], now: datetime
) -> HttpResponseBase:
    newest = found.order_by("-created_at", "-pk")[:LARGEST_EXPORT]
    query = request.GET.copy()
    query.pop("format", None)
    record_export(rows=newest.count(), filters=query.urlencode(), actor=request.user, now=now)
    rows = (
        (
            one.pk,
            one.created_at,
            one.user.email,
            one.notice.kind if one.notice else "test",
            one.title,
            one.way.label,
            one.state.lower(),
            one.attempts,
            one.ended_at,
            one.error,
        )
        for one in newest.iterator(chunk_size=CHUNK)
    )
    return csv_response("deliveries.csv", header=HEADER, rows=rows)
