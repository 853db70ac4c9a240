"""The start page: what is mine and what waits for me."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.http import SignedInRequest


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Show the start page."""
    return render(request, "home/home.html")
