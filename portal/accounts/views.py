"""Pages of the person who is signed in."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from portal.accounts import services
from portal.accounts.forms import ZONES, ProfileForm, ThemeForm
from portal.accounts.http import SignedInRequest


def profile(request: SignedInRequest) -> HttpResponse:
    """Show the profile, or change it."""
    user = request.user
    form = ProfileForm(
        request.POST or None,
        initial={"name": user.name, "zone": user.zone, "theme": user.theme},
    )
    if request.method == "POST" and form.is_valid():
        services.change_profile(user=user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, "Profile saved.")
        return redirect("profile")
    return render(request, "accounts/profile.html", {"form": form, "zones": ZONES})


@require_POST
def theme(request: SignedInRequest) -> HttpResponse:
    """Change the theme alone and go back to where the person was."""
    form = ThemeForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("Pick one of the themes.")
    user = request.user
    services.change_profile(
        user=user, name=user.name, zone=user.zone, now=timezone.now(), **form.cleaned_data
    )
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    return redirect(back)
