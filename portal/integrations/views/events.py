"""Pages on events: what came in, what became of each, and processing them once more."""

import json
import shlex
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from portal.accounts.http import SignedInRequest
from portal.accounts.models import User
from portal.accounts.policies import is_operations
from portal.catalogue.models import Application
from portal.catalogue.policies import CHANGE_APPLICATION, allows
from portal.catalogue.selectors import applications_visible_to
from portal.core.export import csv_response
from portal.core.htmx import render_list
from portal.core.keyset import Order, keyset_page
from portal.integrations.filters import EventFilters
from portal.integrations.models import EventState, ReceivedEvent
from portal.integrations.selectors import events as selectors
from portal.integrations.services.exports import record_export
from portal.integrations.services.replay import replay_events

NEWEST_FIRST = Order("received_at")
LARGEST_EXPORT = 100_000
CHUNK = 1000
HEADER = (
    "id",
    "received_at",
    "occurred_at",
    "state",
    "reason",
    "type",
    "application",
    "sender",
    "source",
    "event_id",
)


@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """Show what came in, newest first: all of it, one state of it, or what was refused."""
    now = timezone.now()
    filters = EventFilters(request.GET)
    application = filters.application_of(applications_visible_to(request.user))
    shows_refused = filters.shows_refused
    if request.GET.get("format") == "csv" and not shows_refused:
        return _export(request, filters, now)
    found: QuerySet[Any] = filters.refusals(now) if shows_refused else filters.events(now)
    page = keyset_page(found, order=NEWEST_FIRST, cursor=request.GET.get("place", ""))
    selectors.with_senders(page.rows)
    backlog = selectors.backlog(application)
    context = {
        "filters": filters,
        "application": application,
        "page": page,
        "shows_refused": shows_refused,
        "backlog": backlog,
        "tabs": filters.tabs(backlog),
        "may_replay": _may_replay(request.user, application),
        "now": now,
    }
    return render_list(request, "integrations/events.html", context)


@require_GET
def card(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show on the page of an application what came in last, and what waits for its people."""
    application = get_object_or_404(applications_visible_to(request.user), slug=slug)
    context = {
        "application": application,
        "latest_event": selectors.latest_event(application),
        "backlog": selectors.backlog(application),
        "now": timezone.now(),
    }
    return render(request, "integrations/_events.html", context)


@require_GET
def show(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    """Show one event: what was sent, its life, and what it became."""
    event = get_object_or_404(selectors.whole_events(), public_id=public_id)
    selectors.with_senders([event])
    context = {
        "event": event,
        "words": selectors.words_of(event.type),
        "fact": selectors.fact_of(event),
        "pretty": _pretty(bytes(event.body)),
        "shell": shlex.quote(bytes(event.body).decode()),
        "may_replay": event.state == EventState.FAILED
        and _may_replay(request.user, event.application),
        "door": request.build_absolute_uri(reverse("api-events")),
        "now": timezone.now(),
    }
    template = "integrations/event.html" + ("#state" if request.htmx else "")
    return render(request, template, context)


@require_GET
def refused(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    """Show what was refused, and how to mend it."""
    found = get_object_or_404(selectors.refusals(), public_id=public_id)
    selectors.with_senders([found])
    context = {"refused": found, "pretty": _pretty(bytes(found.body)), "now": timezone.now()}
    return render(request, "integrations/event_refused.html", context)


@require_POST
def replay(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    """Let one failed event wait again."""
    event = get_object_or_404(selectors.events(), public_id=public_id)
    if not replay_events(ids=[event.pk], actor=request.user, now=timezone.now()):
        messages.info(request, "It did not fail, so there was nothing to do.")
    return redirect(event)


@require_POST
def replay_matching(request: SignedInRequest) -> HttpResponse:
    """Let all failed events that fit the filters wait again, the oldest first."""
    now = timezone.now()
    query = request.GET.copy()
    query["state"] = EventState.FAILED
    ids = selectors.failed_ids(EventFilters(query).events(now))
    number = replay_events(ids=ids, actor=request.user, now=now)
    messages.info(request, f"{number:,} events wait to be processed again.")
    query["state"] = EventState.ACCEPTED if number else EventState.FAILED
    return redirect(f"{reverse('events')}?{query.urlencode()}")


def _may_replay(user: User, application: Application | None) -> bool:
    return allows(user, CHANGE_APPLICATION, application) if application else is_operations(user)


def _pretty(body: bytes) -> str:
    """Return JSON laid out for reading, anything else as text."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")


def _export(request: SignedInRequest, filters: EventFilters, now: datetime) -> HttpResponseBase:
    """Stream the events that fit, after recording that somebody takes them away."""
    found = filters.events(now)
    rows = found[: LARGEST_EXPORT + 1].count()
    if rows > LARGEST_EXPORT:
        messages.error(
            request,
            f"More than {LARGEST_EXPORT:,} events fit. Choose a shorter time and export again.",
        )
        query = request.GET.copy()
        del query["format"]
        return redirect(f"{request.path}?{query.urlencode()}")
    record_export(rows=rows, filters=filters.in_words(), actor=request.user, now=now)
    ordered = found.order_by("-received_at", "-pk").iterator(chunk_size=CHUNK)
    return csv_response("events.csv", header=HEADER, rows=(_row(event) for event in ordered))


def _row(event: ReceivedEvent) -> list[str | datetime]:
    return [
        str(event.public_id),
        event.received_at,
        event.occurred_at,
        event.status.label,
        event.reason,
        event.type,
        event.application.slug if event.application else "",
        event.sender,
        event.source,
        event.event_id,
    ]
