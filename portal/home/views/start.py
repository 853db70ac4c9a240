"""The start page: what is mine and what waits for me."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.http import SignedInRequest
from portal.accounts.policies import can_write, is_auditor
from portal.home.selectors.start import start_of


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Show the start page."""
    now = timezone.now()
    context = {
        "start": start_of(request.user, now=now),
        "now": now,
        "may_register": can_write(request.user),
        "is_auditor": is_auditor(request.user),
    }
    return render(request, "home/home.html", context)
