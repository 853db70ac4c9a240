"""What somebody wants to be told and how, and their quiet hours."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal.accounts.http import SignedInRequest
from portal.notifications.forms import PreferencesForm, QuietHoursForm
from portal.notifications.selectors.preferences import chosen_by, digest_hour_of, quiet_hours_of
from portal.notifications.selectors.ways import verified_ways
from portal.notifications.services.preferences import Choice

page = require_http_methods(["GET", "HEAD", "POST"])


@page
def index(request: SignedInRequest) -> HttpResponse:
    """Show or change how each kind of notice comes."""
    chosen = chosen_by(request.user)
    form = PreferencesForm(
        request.POST or None,
        user=request.user,
        ways=verified_ways(request.user),
        digest_hour=digest_hour_of(request.user),
        chosen={name: Choice(manner, ways) for name, (manner, ways) in chosen.items()},
    )
    if request.method == "POST" and form.is_valid():
        form.save(timezone.now())
        messages.success(request, "Saved.")
        return redirect("notification-preferences")
    return render(request, "notifications/preferences.html", {"form": form})


@page
def quiet_hours(request: SignedInRequest) -> HttpResponse:
    """Show or change when somebody is not to be disturbed."""
    form = QuietHoursForm(
        request.POST or None, user=request.user, found=quiet_hours_of(request.user)
    )
    if request.method == "POST" and form.save(timezone.now()):
        messages.success(request, "Saved.")
        return redirect("quiet-hours")
    return render(request, "notifications/quiet_hours.html", {"form": form})
