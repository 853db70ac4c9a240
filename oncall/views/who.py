"""Who is on call now: everywhere, and for one application."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from oncall.forms.who import WhoFilters
from oncall.models import Rota
from oncall.selectors import who
from oncall.selectors.who import Answer, Wanted
from oncall.types import Standing
from portal.accounts.http import SignedInRequest
from portal.core.keyset import Order, keyset_page

BY_NAME = Order("name", descending=False, read=str)
UNCOVERED_SHOWN = 20


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
