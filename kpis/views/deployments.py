"""The page of one deployment."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from kpis.selectors import facts
from portal.accounts.http import SignedInRequest
from portal.core.htmx import render_list
from portal.core.keyset import Order, keyset_page

OLDEST_FIRST = Order("authored_at", descending=False)


@require_safe
def deployment(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what a deployment contained, what it followed and what it is blamed for."""
    found = get_object_or_404(facts.deployments_visible_to(request.user), pk=pk)
    links = facts.failure_links(found)
    context = {
        "deployment": found,
        "commits": facts.commits(found),
        "before": facts.live_before(found),
        "page": keyset_page(
            facts.contained(found), order=OLDEST_FIRST, cursor=request.GET.get("place", "")
        ),
        "links": links,
        "timeline": facts.deployment_timeline(found, links),
    }
    return render_list(request, "kpis/deployment.html", context)
