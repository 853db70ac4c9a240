"""Pages of the audit trail."""

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from portal.audit import policies, selectors, services
from portal.audit.filters import TrailFilters
from portal.core.export import csv_response
from portal.core.keyset import Order, keyset_page

NEWEST_FIRST = Order("at")
CHUNK = 1000
LARGEST_EXPORT = 100_000


@require_GET
def trail(request: HttpRequest) -> HttpResponseBase:
    """Show the entries that fit the filters, newest first."""
    reader = policies.require_reader(request.user)
    filters = TrailFilters(request.GET)
    if request.GET.get("format") == "csv":
        return _export(request, reader, filters)
    page = keyset_page(
        selectors.with_texts(filters.entries()),
        order=NEWEST_FIRST,
        cursor=request.GET.get("place", ""),
    )
    context = {
        "filters": filters,
        "page": page,
        "entries": [selectors.entry_view(one) for one in page.rows],
    }
    template = "audit/trail.html"
    return render(
        request, f"{template}#table" if getattr(request, "htmx", False) else template, context
    )


@require_GET
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one entry with the bytes that were recorded."""
    policies.require_reader(request.user)
    found = get_object_or_404(selectors.with_texts(selectors.entries()), pk=pk)
    view = selectors.entry_view(found)
    context = {
        "entry": view,
        "pretty": json.dumps(view.body, indent=2, ensure_ascii=False),
        "digest": bytes(found.digest).hex(),
        "digest_fits": selectors.digest_fits(found),
        "proof": selectors.proof_of(found),
    }
    return render(request, "audit/entry.html", context)


@require_GET
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the receipt that proves an entry to who has the public key of the log."""
    policies.require_reader(request.user)
    found = get_object_or_404(selectors.entries(), pk=pk)
    proof = selectors.proof_of(found)
    if proof is None:
        raise Http404
    return _file(proof.receipt.text.encode(), "text/plain", f"receipt-{pk}.txt")


@require_GET
def body(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the bytes of an entry as they were recorded: what its receipt is about."""
    policies.require_reader(request.user)
    found = get_object_or_404(selectors.entries(), pk=pk)
    return _file(bytes(found.body), "application/json", f"entry-{pk}.json")


@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Show how the log stands: size, last checkpoint, keys, alarms."""
    policies.require_reader(request.user)
    return render(request, "audit/log.html", {"log": selectors.log_state()})


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _export(
    request: HttpRequest, reader: policies.Reader, filters: TrailFilters
) -> HttpResponseBase:
    """Stream the entries that fit, after recording that somebody takes them away."""
    found = filters.entries()
    # Counted no further than needed: the trail may be long.
    rows = found[: LARGEST_EXPORT + 1].count()
    if rows > LARGEST_EXPORT:
        messages.error(
            request,
            f"More than {LARGEST_EXPORT:,} entries fit. Choose a shorter time and export again.",
        )
        query = request.GET.copy()
        del query["format"]
        return redirect(f"{request.path}?{query.urlencode()}")
    services.record_export(rows=rows, filters=filters.in_words(), actor=reader, now=timezone.now())
    ordered = selectors.with_texts(found).order_by("-at", "-pk")
    return csv_response(
        "audit-trail.csv",
        header=selectors.EXPORT_HEADER,
        rows=map(selectors.export_row, ordered.iterator(chunk_size=CHUNK)),
    )
