"""How one application stands, and asking that it be exempt from a rule."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.http import SignedInRequest
from portal.catalogue.models import Application
from portal.catalogue.policies import CHANGE_APPLICATION, allows, require
from portal.catalogue.selectors import applications_visible_to
from portal.core import jobs
from portal.scorecards.forms import ExemptionForm
from portal.scorecards.selectors.cards import card_page, cards_of, history_of
from portal.scorecards.selectors.exemptions import exemptions_of, live_by_rule
from portal.scorecards.selectors.scorecards import scorecards_visible_to
from portal.scorecards.services.exemptions import ExemptionError, ask_exemption


@require_safe
def show(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show every rule of every scorecard for one application, exemptions and history."""
    application = _application(request, slug)
    context = {
        "application": application,
        "cards": cards_of(application, live_by_rule(application)),
        "exemptions": exemptions_of(application),
        "history": history_of(application),
        "may_ask": allows(request.user, CHANGE_APPLICATION, application),
        "now": timezone.now(),
    }
    return render(request, "scorecards/application.html", context)


@require_safe
def card(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the card of an application's page alone, for a page that waits for news."""
    application = _application(request, slug)
    standing = card_page(application)
    if standing.is_stale:
        jobs.nudge("portal.scorecards.tasks.evaluate_changed")
    context = {
        "application": application,
        "standing": standing,
        "now": timezone.now(),
    }
    return render(request, "scorecards/_card.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: SignedInRequest, slug: str, scorecard: str, rule: str) -> HttpResponse:
    """Ask that an application be exempt from a rule."""
    application = _application(request, slug)
    asked_of = get_object_or_404(scorecards_visible_to(request.user), slug=scorecard)
    found = asked_of.definition.by_key.get(rule)
    if found is None:
        raise Http404(rule)
    require(request.user, CHANGE_APPLICATION, application)
    form = ExemptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            exemption = ask_exemption(
                application=application,
                scorecard=asked_of,
                rule=rule,
                actor=request.user,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except ExemptionError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Asked. Somebody else decides.")
            return redirect(exemption)
    context = {"application": application, "scorecard": asked_of, "rule": found, "form": form}
    return render(request, "scorecards/exemption_new.html", context)


def _application(request: SignedInRequest, slug: str) -> Application:
    return get_object_or_404(applications_visible_to(request.user), slug=slug)
