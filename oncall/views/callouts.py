"""Call-outs: tell one, see those of oneself and one's teams, correct or strike one."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from oncall import policies
from oncall.forms.work import TellForm, correction_of
from oncall.models import CallOut
from oncall.selectors.work import (
    callouts_visible_to,
    latest_shift,
    led_rotas,
    rest_after,
    rotas_called_in,
)
from oncall.services import callouts as services
from portal.accounts.http import SignedInRequest
from portal.accounts.policies import NotAllowedError
from portal.core.keyset import Order, keyset_page


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: SignedInRequest) -> HttpResponse:
    """List call-outs, the latest first, and tell one."""
    now = timezone.now()
    rotas = rotas_called_in(request.user, now=now)
    if request.method == "POST" and not rotas.exists():
        raise NotAllowedError("You are in no rota and lead no team that has one.")
    shift = latest_shift(request.user, now=now)
    form = TellForm(
        request.POST or None,
        viewer=request.user,
        rotas=rotas,
        latest=shift.rota if shift else None,
    )
    if form.is_valid() and (callout := _told(request, form)):
        messages.success(request, f"Told. {_rest_of(callout)}")
        return redirect("callouts")
    mine = "mine" in request.GET
    found = callouts_visible_to(request.user)
    if mine:
        found = found.filter(person=request.user)
    context = {
        "form": form,
        "rotas": list(rotas),
        "mine": mine,
        "led": led_rotas(request.user),
        "page": keyset_page(found, order=Order("starts_at"), cursor=request.GET.get("place", "")),
        "now": now,
    }
    return render(request, "oncall/callouts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put another call-out in the place of one."""
    callout = _correctable(request, pk)
    form = correction_of(request.POST or None, callout, viewer=request.user)
    if form.is_valid():
        try:
            new = services.correct_callout(
                callout=callout, actor=request.user, now=timezone.now(), **form.told
            )
        except services.CallOutError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Corrected. {_rest_of(new)}")
            return redirect("callouts")
    return render(request, "oncall/callout_correct.html", {"form": form, "callout": callout})


@require_POST
def strike(request: SignedInRequest, pk: int) -> HttpResponse:
    """Strike a call-out that was none."""
    callout = _correctable(request, pk)
    try:
        services.strike_callout(callout=callout, actor=request.user, now=timezone.now())
    except services.CallOutError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Struck. It stays in the list and counts no more.")
    return redirect("callouts")


def _correctable(request: SignedInRequest, pk: int) -> CallOut:
    callout = get_object_or_404(callouts_visible_to(request.user), pk=pk)
    if not policies.allows(request.user, policies.TELL_CALLOUT, callout):
        raise Http404
    return callout


def _told(request: SignedInRequest, form: TellForm) -> CallOut | None:
    try:
        return services.tell_callout(
            rota=form.cleaned_data["rota"],
            person=form.cleaned_data["person"],
            actor=request.user,
            now=timezone.now(),
            **form.told,
        )
    except services.CallOutError as error:
        form.add_error(None, str(error))
    return None


def _rest_of(callout: CallOut) -> str:
    """Return what to know of the rest after a call-out."""
    rest = rest_after(callout)
    if rest is None:
        return "It leaves enough rest before the next working day."
    return f"Eleven hours of rest follow it: begin {services.rest_words(rest, callout)}."
