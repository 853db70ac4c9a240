"""The inbox: what somebody was told, and what they do with it."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.http import SignedInRequest
from portal.core.keyset import Order, keyset_page, read_instant
from portal.notifications.forms import InboxFilters
from portal.notifications.selectors.inbox import notices_of
from portal.notifications.selectors.ways import verified_ways
from portal.notifications.services import inbox as services

PAGE_SIZE = 30


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """List one's notices: unread ones first, then the newest."""
    filters = InboxFilters(request.GET)
    found = filters.narrow(notices_of(request.user))
    page = keyset_page(
        found, order=Order("placed_at"), cursor=request.GET.get("place", ""), size=PAGE_SIZE
    )
    context = {
        "filters": filters,
        "page": page,
        "has_unread": any(one.is_unread for one in page.rows),
        "has_way": bool(verified_ways(request.user)),
        "undo": request.GET.get("undo", ""),
        "now": timezone.now(),
    }
    return render(request, "notifications/inbox.html", context)


@require_safe
def open_notice(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark a notice read and go to what it is about."""
    notice = get_object_or_404(notices_of(request.user), pk=pk)
    services.mark_read(user=request.user, notices=[pk], now=timezone.now())
    return redirect(notice.url)


@require_POST
def mark(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark one notice read, or unread again."""
    notice = get_object_or_404(notices_of(request.user), pk=pk)
    if notice.is_unread:
        services.mark_read(user=request.user, notices=[pk], now=timezone.now())
    else:
        services.mark_unread(user=request.user, notices=[pk])
    return redirect(_back(request))


@require_POST
def mark_all(request: SignedInRequest) -> HttpResponse:
    """Mark all notices read, or all of a kind; the page offers to take it back."""
    now = timezone.now()
    filters = InboxFilters(request.POST)
    kind = filters.kind_name
    if not services.mark_all_read(user=request.user, now=now, kind=kind):
        return redirect("inbox")
    query = {"undo": now.isoformat(), **({"kind": kind} if kind else {})}
    return redirect(f"{reverse('inbox')}?{urlencode(query)}")


@require_POST
def undo(request: SignedInRequest) -> HttpResponse:
    """Take back that all were marked read at one instant."""
    try:
        at = read_instant(request.POST.get("at", ""))
    except ValueError:
        messages.error(request, "There is nothing to take back.")
        return redirect("inbox")
    services.mark_unread_since(user=request.user, read_at=at)
    return redirect("inbox")


def _back(request: SignedInRequest) -> str:
    back = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return back if allowed else reverse("inbox")
