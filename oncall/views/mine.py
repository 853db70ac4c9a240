"""My on-call: now, next, how much, and what waits for me."""

from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from oncall.charts.days import midnight
from oncall.charts.pictures import hours_of
from oncall.rota import Span, label
from oncall.selectors.asked import next_month
from oncall.selectors.duty import next_shifts, shifts_of_people
from oncall.selectors.leave import leave_visible_to
from oncall.selectors.swaps import waiting_for
from portal.accounts.http import SignedInRequest

SHIFTS = 10


@require_safe
def show(request: SignedInRequest) -> HttpResponse:
    """Show whether I am on call, my next shifts, my hours of this month, and my leave."""
    user, now = request.user, timezone.now()
    zone = ZoneInfo(user.zone)
    today = label(now, zone).date()
    month = Span(midnight(today.replace(day=1), zone), midnight(next_month(today), zone))
    shifts = shifts_of_people([user], month)
    coming = next_shifts(user, now=now, limit=SHIFTS)
    carried = hours_of(shifts, month)
    context = {
        "current": [one for one in coming if one.starts_at <= now],
        "coming": [one for one in coming if one.starts_at > now],
        "month": today,
        "carried": carried,
        "share": carried / month.hours,
        "done": hours_of(shifts, Span(month.start, now)),
        "leave": leave_visible_to(user)
        .filter(person=user, ends_at__gt=now)
        .order_by("starts_at")[:SHIFTS],
        "waiting_swaps": waiting_for(user, now=now)[:SHIFTS],
        "now": now,
    }
    return render(request, "oncall/mine.html", context)
