"""Cover and load: figures of months that are over, each with what it means and its rows."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from oncall.forms.fairness import LoadForm
from oncall.selectors.months import DEFINITIONS, cover_by_tier, figures, last_month
from portal.accounts.http import SignedInRequest


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Show cover and load of a team, or of the company, by month."""
    form = LoadForm(request.GET)
    team = form.cleaned_data["team"] if form.is_valid() else None
    zone = team.zone if team else settings.COMPANY_ZONE
    found = figures(team, before=last_month(timezone.now(), zone))
    latest = next((one for one in found if one.rows), None)
    context = {
        "form": form,
        "team": team,
        "found": found,
        "latest": latest,
        "tiers": cover_by_tier(latest) if latest and not team else [],
        "definitions": DEFINITIONS.values(),
    }
    return render(request, "oncall/load.html", context)
