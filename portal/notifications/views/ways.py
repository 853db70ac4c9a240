"""Contact ways: the list, a new one, and the page on which one is tested."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.http import SignedInRequest
from portal.notifications.adapters.channels import offered
from portal.notifications.forms import CodeForm, NameForm, WayForm
from portal.notifications.models import ContactWay
from portal.notifications.selectors.deliveries import last_test_of
from portal.notifications.selectors.ways import ENOUGH_WAYS, reachability, ways_of
from portal.notifications.services import ways as services

page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """List one's contact ways in the order in which they are tried."""
    now = timezone.now()
    ways = list(ways_of(request.user))
    context = {
        "rows": [(way, way.state(now)) for way in ways],
        "reach": reachability([request.user], now)[request.user.pk],
        "enough": ENOUGH_WAYS,
        "channels": offered() if len(ways) < services.MOST_WAYS else [],
        "now": now,
    }
    return render(request, "notifications/ways.html", context)


@page
def new(request: SignedInRequest, kind: str) -> HttpResponse:
    """Add a contact way of a kind."""
    channel = next((one for one in offered() if one.kind.value == kind), None)
    if channel is None:
        raise Http404("No contact way of this kind is offered here.")
    form = WayForm(request.POST or None, channel=channel, user=request.user)
    if request.method == "POST" and form.is_valid():
        way = form.add(timezone.now())
        if way is not None:
            messages.success(request, f"{way} is there. Test it, so that it counts.")
            return redirect(way)
    return render(request, "notifications/way_new.html", {"form": form, "channel": channel})


@never_cache
@page
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one way and how its test stands; give it another name."""
    way = _way(request, pk)
    now = timezone.now()
    name = NameForm(request.POST or None, initial={"label": way.label})
    if request.method == "POST" and name.is_valid():
        label = name.cleaned_data["label"]
        return _tried(
            request,
            way,
            lambda: services.rename_way(way=way, label=label, actor=request.user, now=now),
            "Renamed.",
        )
    context = {
        "way": way,
        "state": way.state(now),
        "test": last_test_of(way),
        "code": CodeForm(initial={"code": request.GET.get("code", "")}),
        "name": name,
        "now": now,
    }
    return render(request, "notifications/way.html", context)


@require_POST
def test(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send a test by a way."""
    way, now = _way(request, pk), timezone.now()
    return _tried(
        request,
        way,
        lambda: services.send_test(way=way, actor=request.user, now=now),
        "A test is on its way. Type its code here, or open its link.",
    )


@require_POST
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answer the test of a way."""
    way, now = _way(request, pk), timezone.now()
    form = CodeForm(request.POST)
    code = form.cleaned_data["code"] if form.is_valid() else ""
    return _tried(
        request,
        way,
        lambda: services.answer_test(way=way, code=code, actor=request.user, now=now),
        f"{way} is verified.",
    )


@require_POST
def earlier(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a way be tried earlier."""
    way, now = _way(request, pk), timezone.now()
    services.try_earlier(way=way, actor=request.user, now=now)
    return redirect("contact-ways")


@page
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask whether a way shall be removed, or remove it."""
    way = _way(request, pk)
    if request.method == "POST":
        services.remove_way(way=way, actor=request.user, now=timezone.now())
        messages.success(request, f"{way} is removed, and its address erased.")
        return redirect("contact-ways")
    return render(request, "notifications/way_remove.html", {"way": way})


def _way(request: SignedInRequest, pk: int) -> ContactWay:
    return get_object_or_404(ways_of(request.user), pk=pk)


def _tried(
    request: SignedInRequest, way: ContactWay, change: Callable[[], None], done: str
) -> HttpResponse:
    try:
        change()
    except services.WayError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(way)
