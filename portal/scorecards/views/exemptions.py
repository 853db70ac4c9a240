"""Exemptions: the list, one of them, and what is decided."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.http import SignedInRequest
from portal.core.keyset import Order, keyset_page
from portal.scorecards import policies
from portal.scorecards.forms import AnswerForm, ExemptionFilters
from portal.scorecards.models import Exemption
from portal.scorecards.selectors.exemptions import exemptions_visible_to
from portal.scorecards.services import exemptions as services


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """List exemptions, the newest first."""
    filters = ExemptionFilters(request.GET)
    found = exemptions_visible_to(request.user)
    if filters.is_valid() and filters.cleaned_data["state"]:
        found = found.filter(state=filters.cleaned_data["state"])
    context = {
        "filters": filters,
        "page": keyset_page(found, order=Order("asked_at"), cursor=request.GET.get("place", "")),
        "now": timezone.now(),
    }
    return render(request, "scorecards/exemptions.html", context)


@require_safe
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one exemption and what may be decided about it."""
    exemption = _exemption(request, pk)
    context = {
        "exemption": exemption,
        "rule": exemption.scorecard.definition.by_key.get(exemption.rule),
        "may_decide": policies.allows(request.user, policies.DECIDE_EXEMPTION, exemption),
        "may_revoke": policies.allows(request.user, policies.REVOKE_EXEMPTION, exemption),
        "refusal": policies.refusal(request.user, policies.DECIDE_EXEMPTION, exemption),
        "form": AnswerForm(),
        "now": timezone.now(),
    }
    return render(request, "scorecards/exemption.html", context)


@require_POST
def approve(request: SignedInRequest, pk: int) -> HttpResponse:
    """Approve an exemption."""
    return _decide(request, pk, services.approve_exemption, "Approved.")


@require_POST
def reject(request: SignedInRequest, pk: int) -> HttpResponse:
    """Turn an exemption down."""
    return _decide(request, pk, services.reject_exemption, "Rejected.")


@require_POST
def revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    """End an exemption early, or take a request back."""
    return _decide(request, pk, services.revoke_exemption, "Ended.")


def _decide(
    request: SignedInRequest, pk: int, service: Callable[..., Exemption], done: str
) -> HttpResponse:
    exemption = _exemption(request, pk)
    form = AnswerForm(request.POST)
    answer = form.cleaned_data["answer"] if form.is_valid() else ""
    try:
        service(exemption=exemption, actor=request.user, now=timezone.now(), answer=answer)
    except services.ExemptionError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(exemption)


def _exemption(request: SignedInRequest, pk: int) -> Exemption:
    return get_object_or_404(exemptions_visible_to(request.user), pk=pk)
