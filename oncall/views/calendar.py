"""The calendar: who is on call when."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from oncall.charts.pictures import picture
from oncall.forms.calendar import CalendarForm
from oncall.selectors.asked import View
from oncall.selectors.duty import MOST_ROTAS
from portal.accounts.http import SignedInRequest


@require_safe
def show(request: SignedInRequest) -> HttpResponse:
    """Show a month, a week, a rota, a person or a team."""
    form = CalendarForm(request.GET, viewer=request.user, now=timezone.now())
    asked = form.asked()
    context = {
        "form": form,
        "views": View,
        "asked": asked,
        "most": MOST_ROTAS,
        "picture": picture(asked),
        "other_zone": form.other_zone(list(asked.rotas), asked.team),
    }
    return render(request, "oncall/calendar.html", context)
