"""Calendar feeds: the page that makes and revokes them, and what calendars read."""

from hashlib import sha256

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oncall.adapters.feeds import written
from oncall.forms.feeds import FeedForm
from oncall.models import Feed
from oncall.selectors import who
from oncall.selectors.feeds import feeds_of, shifts_of_feed
from oncall.services.feeds import FeedError, create_feed, open_feed, revoke_feed
from oncall.views.who import draw_badge
from portal.accounts.http import SignedInRequest
from portal.catalogue.selectors import applications_visible_to

# What is beyond was revoked long ago, and the audit trail keeps it.
MOST_SHOWN = 100


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: SignedInRequest) -> HttpResponse:
    """List one's feeds, or make one and show its address this once."""
    now = timezone.now()
    form = FeedForm(request.POST or None, user=request.user)
    issued = address = None
    if form.is_valid():
        issued = create_feed(target=form.chosen, actor=request.user, now=now)
        address = request.build_absolute_uri(reverse("feed", args=[issued.secret]))
        form = FeedForm(user=request.user)
    context = {
        "form": form,
        "issued": issued,
        "address": address,
        "feeds": feeds_of(request.user)[:MOST_SHOWN],
        "now": now,
    }
    return render(request, "oncall/feeds.html", context)


@require_POST
def revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    """Revoke one of one's feeds."""
    feed = get_object_or_404(feeds_of(request.user), pk=pk)
    try:
        revoke_feed(feed=feed, actor=request.user, now=timezone.now())
    except FeedError as error:
        messages.info(request, str(error))
    else:
        messages.success(request, "Revoked. Calendars that read it find nothing any more.")
    return redirect("feeds")


@login_not_required
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponseBase:
    """Return the shifts of a feed as iCalendar, to whoever knows its address."""
    now = timezone.now()
    feed = _opened(token)
    shifts = shifts_of_feed(feed, now)
    name = f"On-call: {feed.target}"
    site = f"{request.scheme}://{request.get_host()}"
    # DTSTAMP is when it was written, and alone makes no news.
    told = repr([name, *((one.pk, one.ends_at, one.sequence, str(one.rota)) for one in shifts)])
    etag = f'W/"{sha256(told.encode()).hexdigest()[:32]}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged:
        return unchanged
    return HttpResponse(
        written(name, shifts, site=site, personal=feed.person_id is not None, now=now),
        content_type="text/calendar; charset=utf-8",
        headers={
            "ETag": etag,
            "Cache-Control": "private, max-age=300",
            "Content-Disposition": 'inline; filename="on-call.ics"',
        },
    )


@login_not_required
@require_safe
def badge(_request: HttpRequest, token: str, slug: str) -> HttpResponse:
    """Draw the badge of an application for whoever knows the address of a feed."""
    now = timezone.now()
    visible = applications_visible_to(_opened(token).created_by)
    return draw_badge(who.who_is_on_call(get_object_or_404(visible, slug=slug), now, now))


def _opened(token: str) -> Feed:
    feed = open_feed(secret=token, now=timezone.now())
    if feed is None:
        raise Http404("There is no such feed.")
    return feed
