"""Search: a page without JavaScript, a partial inside the palette."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.http import SignedInRequest
from portal.home.selectors.search import LONGEST_QUERY, find


@require_safe
def search(request: SignedInRequest) -> HttpResponse:
    """Show what the query finds; the palette asks for the options alone."""
    # PostgreSQL takes no NUL in a text.
    query = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    template = "home/_options.html" if "palette" in request.GET else "home/search.html"
    return render(request, template, {"query": query, "groups": find(request.user, query)})
