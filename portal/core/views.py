"""What machines ask the portal: whether it lives, whether it is ready, its metrics."""

from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from portal.core import health
from portal.core.metrics import registry


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Answer: this process takes requests. Nothing else is asked, so nothing else can fail it."""
    return JsonResponse({"status": "live"})


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Answer whether people can work: 503 without the database, 200 without Redis."""
    state = health.readiness(now=timezone.now())
    return JsonResponse(
        {"status": state.word, **state.parts}, status=200 if state.is_ready else 503
    )


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give Prometheus what it asks for, from this machine or with the token."""
    if not _may_read_metrics(request):
        return HttpResponseForbidden(
            "Metrics are for this machine, or for a bearer token that equals METRICS_TOKEN.\n",
            content_type="text/plain",
        )
    return HttpResponse(
        generate_latest(registry(now=timezone.now())), content_type=CONTENT_TYPE_PLAIN_0_0_4
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that cannot be understood with the reason, where we gave one ourselves."""
    reason = str(exception) if isinstance(exception, BadRequest) else ""
    return render(request, "400.html", {"reason": reason}, status=400)


def _may_read_metrics(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and constant_time_compare(given, token):
        return True
    # A proxy on this machine asks for somebody elsewhere, and says so.
    is_forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not is_forwarded and ip_address(request.META["REMOTE_ADDR"]).is_loopback
