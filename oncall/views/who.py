"""Who is on call now: everywhere, and for one application."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from oncall.forms.who import WhoFilters
from oncall.models import Rota
from oncall.selectors import who
from oncall.selectors.who import Answer, ApplicationAnswer, Wanted
from oncall.types import Standing
from portal.accounts.http import SignedInRequest
from portal.catalogue.models import Application
from portal.catalogue.selectors import applications_visible_to, teams_visible_to
from portal.core.keyset import Order, keyset_page

BY_NAME = Order("name", descending=False, read=str)
UNCOVERED_SHOWN = 20
MOST_IN_CARD = 10
# Of a badge, in its units.
LABEL_WIDTH, LETTER_WIDTH, MARGIN = 58, 7, 16


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Show who is on call now in every rota; where nobody is comes first."""
    now = timezone.now()
    filters = WhoFilters(request.GET)
    wanted = filters.wanted or Wanted(standing="none")
    found = who.rotas_answering(wanted, now, now)
    uncovered: list[Rota] = []
    if not wanted.standing:
        found = found.exclude(who.stands(Standing.NOBODY))
        nobody = replace(wanted, standing=Standing.NOBODY.value)
        gaps = who.rotas_answering(nobody, now, now).order_by("name", "pk")
        uncovered = list(gaps[:UNCOVERED_SHOWN])
    page = keyset_page(found, order=BY_NAME, cursor=request.GET.get("place", ""))
    served = who.served(now)
    context = {
        "filters": filters,
        "page": page,
        "lines": _lines(page.rows, served, now),
        "uncovered": _lines(uncovered, served, now),
        "counts": who.standings(now, now),
        "now": now,
    }
    return render(request, "oncall/who.html", context)


def _lines(
    rotas: Sequence[Rota], served: dict[int, int], now: datetime
) -> list[tuple[Answer, int]]:
    return [(one, served.get(one.rota.pk, 0)) for one in who.answers(rotas, now, now)]


@require_safe
def application(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show who answers for an application now, next and in the week ahead; `?format=text` in a line."""
    found = _application(request, slug)
    now = timezone.now()
    answered = who.who_is_on_call(found, now, now)
    if request.GET.get("format") == "text":
        line = answered.sentence(timezone.get_current_timezone())
        return HttpResponse(f"{line}\n", content_type="text/plain; charset=utf-8")
    rota = answered.answer.rota if answered.answer else None
    context = {
        "application": found,
        "answered": answered,
        "answer": answered.answer,
        "rota": rota,
        "contacts": who.contacts_of(answered.team),
        "ahead": who.week_ahead(rota, now) if rota else [],
        "gaps": who.gaps_ahead(rota, now) if rota else [],
        "badge_url": request.build_absolute_uri(reverse("oncall-badge", args=[slug])),
        "now": now,
    }
    return render(request, "oncall/application.html", context)


@require_safe
def card(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show who answers for an application, as a card of its page."""
    found = _application(request, slug)
    now = timezone.now()
    answered = who.who_is_on_call(found, now, now)
    context = {"application": found, "answered": answered, "answer": answered.answer, "now": now}
    return render(request, "oncall/_application_card.html", context)


@require_safe
def team_card(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show who is on call in the rotas of a team, as a card of its page."""
    team = get_object_or_404(teams_visible_to(request.user), slug=slug)
    now = timezone.now()
    found = who.rotas_answering(Wanted(team=team), now, now).order_by("name", "pk")
    context = {"team": team, "answers": who.answers(list(found[:MOST_IN_CARD]), now, now)}
    return render(request, "oncall/_team_card.html", context)


@require_safe
def badge(request: SignedInRequest, slug: str) -> HttpResponse:
    """Draw who is on call for an application as a badge: a colour and a word."""
    now = timezone.now()
    return draw_badge(who.who_is_on_call(_application(request, slug), now, now))


def draw_badge(answered: ApplicationAnswer) -> HttpResponse:
    """Return the badge of an answer; it may be kept for a minute."""
    people = answered.answer.primaries if answered.answer else []
    words = people[0].name if people else answered.standing.label
    context = {
        "words": words,
        "tone": answered.standing.tone,
        "width": LABEL_WIDTH + LETTER_WIDTH * len(words) + MARGIN,
    }
    text = render_to_string("oncall/badge.svg", context)
    return HttpResponse(
        text, content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=60"}
    )


def _application(request: SignedInRequest, slug: str) -> Application:
    return get_object_or_404(applications_visible_to(request.user), slug=slug)
