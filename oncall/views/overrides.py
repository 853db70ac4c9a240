"""Overrides of a rota: the list, a form that shows what would change, and taking one back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oncall import policies
from oncall.forms.overrides import OverrideForm, values_of
from oncall.models import Rota
from oncall.selectors.leave import is_away
from oncall.selectors.overrides import overrides_of, overrides_visible_to
from oncall.selectors.previews import preview_override
from oncall.selectors.rotas import rotas_visible_to
from oncall.selectors.stepping_in import candidates
from oncall.services import overrides as services
from oncall.services.rotas import RetiredRotaError
from portal.accounts.http import SignedInRequest
from portal.core.keyset import Order, keyset_page


@require_safe
def index(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the overrides of a rota, the latest first."""
    rota = _rota(request, slug)
    page = keyset_page(
        overrides_of(request.user, rota),
        order=Order("starts_at"),
        cursor=request.GET.get("place", ""),
    )
    now = timezone.now()
    context = {
        "rota": rota,
        "page": page,
        "rows": [(one, list(values_of(one).items())) for one in page.rows],
        "may_change": policies.allows(request.user, policies.CHANGE_ROTA, rota),
        "now": now,
    }
    return render(request, "oncall/overrides.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show what an override would change, then make it."""
    rota, now = _rota(request, slug), timezone.now()
    policies.require(request.user, policies.CHANGE_ROTA, rota)
    if request.method == "POST":
        form = OverrideForm(request.POST, rota=rota, zone=request.user.zone)
        if form.is_valid() and _make(request, form):
            return redirect("rota-overrides", rota.slug)
    elif "preview" in request.GET:
        form = OverrideForm(request.GET, rota=rota, zone=request.user.zone)
    else:
        form = OverrideForm.prefilled(request.GET.dict(), rota=rota, zone=request.user.zone)
    is_ready = form.is_bound and form.is_valid()
    slot = form.slot
    context = {
        "rota": rota,
        "form": form,
        "slot": slot,
        "away": form.people()["comes"] if is_ready and _comes_away(form) else None,
        "preview": preview_override(form.override(), now=now) if is_ready else None,
        "candidates": [(one, form.suggesting(one.person)) for one in candidates(rota, slot)]
        if slot and not is_ready
        else [],
    }
    return render(request, "oncall/override_new.html", context)


@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take an override back."""
    override = get_object_or_404(overrides_visible_to(request.user), pk=pk)
    try:
        services.cancel_override(override=override, actor=request.user, now=timezone.now())
    except services.OverrideError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Taken back. “Make it again” in its row undoes that.")
    return redirect("rota-overrides", override.rota.slug)


def _comes_away(form: OverrideForm) -> bool:
    comes, slot = form.people()["comes"], form.slot
    return comes is not None and slot is not None and is_away(comes, slot)


def _make(request: SignedInRequest, form: OverrideForm) -> bool:
    chosen = form.cleaned_data
    try:
        services.make_override(
            rota=form.rota,
            kind=chosen["kind"],
            role=chosen["role"],
            starts_at=chosen["since"],
            ends_at=chosen["until"],
            reason=chosen["reason"],
            actor=request.user,
            now=timezone.now(),
            **form.people(),
        )
    except (services.OverrideError, RetiredRotaError) as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, "Made. It can be taken back here.")
    return True


def _rota(request: SignedInRequest, slug: str) -> Rota:
    return get_object_or_404(rotas_visible_to(request.user), slug=slug)
