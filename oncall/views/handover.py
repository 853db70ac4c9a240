"""Hand-over: what is going on in my rotas, notes for those after me, and when I am told."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oncall import policies
from oncall.forms.work import NoteForm, WishForm
from oncall.models import Rota
from oncall.selectors.handover import handovers, notes_of, wish_of
from oncall.selectors.rotas import rotas_visible_to
from oncall.selectors.work import handover_rotas
from oncall.services import handover as services
from portal.accounts.http import SignedInRequest
from portal.core.keyset import Order, keyset_page


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Show the latest notes and open matters of the rotas that I am on call in."""
    now = timezone.now()
    rotas = handover_rotas(request.user, now=now)
    context = {
        "handovers": list(handovers(rotas, now=now).values()),
        "wish": WishForm(initial={"only_workdays": wish_of(request.user)}),
        "now": now,
    }
    return render(request, "oncall/handovers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def rota(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the notes of a rota, and leave one."""
    found, now = _rota(request, slug), timezone.now()
    may_leave = policies.allows(request.user, policies.LEAVE_NOTE, found)
    if request.method == "POST" and not may_leave:
        raise Http404
    form = NoteForm(request.POST or None)
    if form.is_valid():
        services.leave_note(
            rota=found, text=form.cleaned_data["text"], actor=request.user, now=now
        )
        messages.success(request, "Left for those after you; they get it before their shift.")
        return redirect("handover", slug)
    page = keyset_page(
        notes_of(found), order=Order("written_at"), cursor=request.GET.get("place", "")
    )
    context = {
        "rota": found,
        "form": form,
        "may_leave": may_leave,
        "page": page,
        "handover": handovers([found], now=now)[found.pk],
        "now": now,
    }
    return render(request, "oncall/handover.html", context)


@require_POST
def wish(request: SignedInRequest) -> HttpResponse:
    """Say when I am told of shifts to come."""
    form = WishForm(request.POST)
    if form.is_valid():
        services.change_wish(actor=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, "Noted.")
    return redirect("handovers")


def _rota(request: SignedInRequest, slug: str) -> Rota:
    """Return a rota whose notes are the person's business."""
    found = get_object_or_404(rotas_visible_to(request.user), slug=slug)
    if not (
        policies.allows(request.user, policies.LEAVE_NOTE, found)
        or policies.allows(request.user, policies.READ_TRADES, found)
    ):
        raise Http404
    return found
