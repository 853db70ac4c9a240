"""Who owns an application: history, claiming, the owner's word, giving up, transfers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.http import SignedInRequest
from portal.accounts.policies import can_write
from portal.catalogue import policies, selectors, services
from portal.catalogue.forms.ownership import ClaimForm, ReasonForm, TransferForm
from portal.catalogue.models import Application, TransferRequest, TransferSide, TransferState
from portal.catalogue.selectors import ownership as owned
from portal.catalogue.selectors.attestation import attestation_of, due_at
from portal.catalogue.services.applications import RetiredError
from portal.catalogue.services.ownership import OwnedError, TransferClosedError

form_page = require_http_methods(["GET", "HEAD", "POST"])


def _application(request: SignedInRequest, slug: str) -> Application:
    visible = selectors.with_standing(selectors.applications_visible_to(request.user))
    return get_object_or_404(visible, slug=slug)


def _back(request: HttpRequest, otherwise: str) -> str:
    """Return where the person came from, as the form says, if that is a page of the portal."""
    back = request.POST.get("next", "")
    return back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else otherwise


@require_safe
def index(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show who owned an application when, and what can be done about it."""
    application = _application(request, slug)
    now = timezone.now()
    may_change = policies.allows(request.user, policies.CHANGE_APPLICATION, application)
    context = {
        "application": application,
        "tab": "ownership",
        "periods": owned.periods_of(application),
        "transfers": owned.transfers_of(application)[: owned.MOST_TRANSFERS],
        "attestation": attestation_of(application, now),
        "due_at": due_at(application),
        "now": now,
        "may_change": may_change,
        "may_attest": policies.may_attest(request.user, application, may_change=may_change),
        "can_write": can_write(request.user),
    }
    return render(request, "catalogue/application_ownership.html", context)


@form_page
def claim(request: SignedInRequest, slug: str) -> HttpResponse:
    """Claim an application that nobody owns; the first one gets it."""
    application = _application(request, slug)
    policies.require_writer(request.user)
    if application.owner is not None and request.method != "POST":
        return redirect(application)
    mine = selectors.my_teams(request.user)
    form = ClaimForm(request.POST or None, initial={"team": mine.first()})
    if request.method == "POST" and form.is_valid():
        try:
            claimed = form.claim(application, actor=request.user, now=timezone.now())
        except OwnedError as error:
            messages.error(request, str(error))
            return redirect(application)
        if claimed:
            team = form.cleaned_data["team"]
            messages.success(request, f"{team} owns {application} now.")
            return redirect(application)
    context = {"application": application, "form": form}
    return render(request, "catalogue/claim.html", context)


@require_POST
def attest(request: SignedInRequest, slug: str) -> HttpResponse:
    """Take the owner's word and go back to where it was given."""
    application = _application(request, slug)
    try:
        services.attest_application(
            application=application, actor=request.user, now=timezone.now()
        )
    except RetiredError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{application} is still owned by {application.owner}.")
    return redirect(_back(request, application.get_absolute_url()))


@form_page
def release(request: SignedInRequest, slug: str) -> HttpResponse:
    """Leave an application without an owner."""
    application = _application(request, slug)
    policies.require(request.user, policies.CHANGE_APPLICATION, application)
    form = ReasonForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.release(application, actor=request.user, now=timezone.now())
    ):
        messages.success(request, f"{application} has no owner now. Anybody may claim it.")
        return redirect(application)
    context = {"application": application, "form": form}
    return render(request, "catalogue/release.html", context)


@form_page
def transfer(request: SignedInRequest, slug: str) -> HttpResponse:
    """Offer an application to another team, or ask its owner for it."""
    application = _application(request, slug)
    policies.require_writer(request.user)
    if application.owner is None:
        return redirect("application-claim", application.slug)
    gives = policies.allows(request.user, policies.CHANGE_APPLICATION, application)
    side = TransferSide.OFFER if gives else TransferSide.REQUEST
    mine = None if gives else selectors.my_teams(request.user).first()
    form = TransferForm(request.POST or None, initial={"to_team": mine})
    if (
        request.method == "POST"
        and form.is_valid()
        and (asked := form.request(application, side=side, actor=request.user, now=timezone.now()))
    ):
        messages.success(request, "The other side is asked.")
        return redirect("transfer", asked.pk)
    context = {"application": application, "form": form, "gives": gives}
    return render(request, "catalogue/transfer_new.html", context)


def _transfer(request: SignedInRequest, number: int) -> TransferRequest:
    return get_object_or_404(owned.transfers_visible_to(request.user), pk=number)


@require_safe
def transfer_detail(request: SignedInRequest, number: int) -> HttpResponse:
    """Show a transfer and what the person may answer."""
    return _shown(request, _transfer(request, number), ReasonForm())


@require_POST
def transfer_accept(request: SignedInRequest, number: int) -> HttpResponse:
    """Give the other side's word."""
    found = _transfer(request, number)
    try:
        services.accept_transfer(request=found, actor=request.user, now=timezone.now())
    except (TransferClosedError, RetiredError) as error:
        messages.error(request, str(error))
        return redirect("transfer", number)
    messages.success(request, f"{found.to_team} owns {found.application} now.")
    return redirect(found.application)


@require_POST
def transfer_decline(request: SignedInRequest, number: int) -> HttpResponse:
    """Refuse the other side's word, with a reason."""
    found = _transfer(request, number)
    form = ReasonForm(request.POST)
    if form.is_valid() and form.decline(found, actor=request.user, now=timezone.now()):
        messages.success(request, f"{found.application} stays with {found.from_team}.")
        return redirect("transfer", number)
    return _shown(request, found, form)


@require_POST
def transfer_withdraw(request: SignedInRequest, number: int) -> HttpResponse:
    """Take back what one's own side asked for."""
    found = _transfer(request, number)
    try:
        services.withdraw_transfer(request=found, actor=request.user, now=timezone.now())
    except TransferClosedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The transfer is withdrawn.")
    return redirect("transfer", number)


def _shown(request: SignedInRequest, found: TransferRequest, form: ReasonForm) -> HttpResponse:
    now = timezone.now()
    waits = found.state == TransferState.PENDING and found.expires_at > now
    is_asker = request.user == found.requested_by
    permission, target = policies.answering_side(found)
    context = {
        "transfer": found,
        "form": form,
        "now": now,
        "waits": waits,
        "is_asker": is_asker,
        "may_answer": waits and not is_asker and policies.allows(request.user, permission, target),
        "may_withdraw": waits
        and (is_asker or policies.allows(request.user, *policies.asking_side(found))),
    }
    return render(request, "catalogue/transfer.html", context)
