"""The claim of an application's nights: where it stands, what comes next, and every step of it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oncall import policies
from oncall.forms.claims import BackForm, EvidenceForm, ExceptionForm, NoteForm, RotaForm
from oncall.models import Claim, EvidenceKind
from oncall.plans.claims import Act, Part, Side, open_to
from oncall.plans.next_step import next_step
from oncall.plans.readiness import BY_KEY, MET
from oncall.selectors import claims as selectors
from oncall.selectors.figures import all_figures
from oncall.services import claims as services
from oncall.services import readiness
from oncall.services.claim_steps import ClaimError
from portal.accounts.http import SignedInRequest
from portal.catalogue.models import Application
from portal.catalogue.selectors import applications_visible_to

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def show(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show where the claim stands, the next step, readiness, words and history."""
    application = _application(request, slug)
    claim = selectors.live_claim_of(application)
    steps = selectors.steps_of(application)
    parts = policies.parts_of(request.user, application)
    stage = claim.stage if claim else None
    words = selectors.counting(steps) if claim else []
    upcoming = next_step(stage, parts, [Side(one.side) for one in words])
    lines = selectors.readiness_of(claim, now=timezone.now()) if claim else []
    context = {
        "application": application,
        "tab": "nights",
        "claim": claim,
        "rota_url": selectors.mend_url(claim, BY_KEY["cover"]) if claim else "",
        "track": selectors.track_of(claim, steps),
        "steps": steps,
        "next": upcoming,
        "refusal": ""
        if upcoming is None or upcoming.is_open
        else policies.why_not(request.user, upcoming.act, upcoming.wanted, application),
        "words": words,
        "acts": open_to(stage, parts),
        "may_tell": bool(parts),
        "may_approve": Part.GIVER in parts,
        "lines": lines,
        "missing": [one for one in lines if not one.check or one.check.state not in MET],
        "now": timezone.now(),
    }
    return render(request, "oncall/claim.html", context)


@require_safe
def figures(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show what owning the nights brought others, and how it is here."""
    application = _application(request, slug)
    context = {
        "application": application,
        "tab": "nights",
        "figures": all_figures(application, now=timezone.now()),
    }
    part = "oncall/_figures.html" if request.headers.get("HX-Request") else "oncall/figures.html"
    return render(request, part, context)


@require_POST
def interest(request: SignedInRequest, slug: str) -> HttpResponse:
    """Say that the team thinks about it."""
    application = _application(request, slug)
    try:
        services.show_interest(application=application, actor=request.user, now=timezone.now())
    except ClaimError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Noted. Here is what is missing; nothing is binding yet.")
    return redirect("oncall-claim", slug)


@form_page
def rota(request: SignedInRequest, slug: str) -> HttpResponse:
    """Choose the rota with which the team answers."""
    claim = _claim(request, slug)
    parts = policies.parts_of(request.user, claim.application)
    if Part.TAKER not in parts:
        policies.refuse_act(request.user, Act.CHOOSE_ROTA, frozenset({Part.TAKER}), claim)
    form = RotaForm(request.POST or None, claim=claim)
    if request.method == "POST" and form.is_valid():
        try:
            services.choose_rota(
                claim=claim, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
        except ClaimError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Chosen. Readiness is judged by it now.")
            return redirect(claim)
    context = {
        "application": claim.application,
        "tab": "nights",
        "claim": claim,
        "form": form,
        "has_rotas": selectors.rotas_for(claim.team).exists(),
    }
    return render(request, "oncall/claim_rota.html", context)


@require_POST
def shadow(request: SignedInRequest, slug: str) -> HttpResponse:
    """Let the team watch beside central support."""
    claim = _claim(request, slug)
    return _done(
        request,
        claim,
        lambda: services.start_shadowing(claim=claim, actor=request.user, now=timezone.now()),
        "Your team shadows central support from now on.",
    )


@require_POST
def word(request: SignedInRequest, slug: str) -> HttpResponse:
    """Give the word of a side."""
    claim = _claim(request, slug)
    form = NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say for which side you speak, and keep the note short.")
        return redirect(claim)
    return _done(
        request,
        claim,
        lambda: services.give_word(
            claim=claim,
            side=Side(form.cleaned_data["side"]),
            note=form.cleaned_data["note"],
            actor=request.user,
            now=timezone.now(),
        ),
        "Your word is given.",
    )


@form_page
def back(request: SignedInRequest, slug: str) -> HttpResponse:
    """Withdraw a claim, or ask that the nights go back, with the reason."""
    claim = _claim(request, slug)
    acts = open_to(claim.stage, policies.parts_of(request.user, claim.application))
    act = Act.WITHDRAW if Act.WITHDRAW in acts else Act.ASK_BACK
    if act not in acts:
        policies.refuse_act(request.user, act, frozenset({Part.TAKER, Part.GIVER}), claim)
    side = Side.TAKER if Part.TAKER in acts[act] or act == Act.WITHDRAW else Side.GIVER
    form = BackForm(request.POST or None, side=side)
    if request.method == "POST" and form.is_valid():
        reason, now = form.cleaned_data["reason"], timezone.now()
        try:
            if act == Act.WITHDRAW:
                services.withdraw_claim(claim=claim, reason=reason, actor=request.user, now=now)
            else:
                services.ask_back(
                    claim=claim, side=side, reason=reason, actor=request.user, now=now
                )
        except ClaimError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                "Withdrawn." if act == Act.WITHDRAW else "Asked. The other side is told.",
            )
            return redirect(claim)
    context = {
        "application": claim.application,
        "tab": "nights",
        "claim": claim,
        "form": form,
        "is_withdrawal": act == Act.WITHDRAW,
    }
    return render(request, "oncall/claim_back.html", context)


@require_POST
def stay(request: SignedInRequest, slug: str) -> HttpResponse:
    """Take back that the nights go back."""
    claim = _claim(request, slug)
    return _done(
        request,
        claim,
        lambda: services.stay(claim=claim, actor=request.user, now=timezone.now()),
        "Taken back: the nights stay.",
    )


@require_POST
def check(request: SignedInRequest, slug: str) -> HttpResponse:
    """Judge readiness anew at once."""
    claim = _claim(request, slug)
    policies.require(request.user, policies.TELL_EVIDENCE, claim.application)
    readiness.check_application(application=claim.application, now=timezone.now())
    return redirect(claim)


@form_page
def evidence(request: SignedInRequest, slug: str) -> HttpResponse:
    """Tell that something was done which the portal cannot see, beside what was told before."""
    application = _application(request, slug)
    policies.require(request.user, policies.TELL_EVIDENCE, application)
    kind = request.GET.get("kind", "")
    initial = {
        "kind": kind if kind in EvidenceKind.values else EvidenceKind.RUNBOOK_REVIEWED,
        "done_on": timezone.localdate(),
    }
    form = EvidenceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            readiness.tell_evidence(
                application=application,
                actor=request.user,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except readiness.EvidenceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Noted.")
            return redirect("oncall-claim", slug)
    context = {
        "application": application,
        "tab": "nights",
        "form": form,
        "told": selectors.evidence_of(application),
    }
    return render(request, "oncall/claim_evidence.html", context)


@form_page
def exception(request: SignedInRequest, slug: str, item: str) -> HttpResponse:
    """Ask that a claim need not meet an item for a while."""
    claim = _claim(request, slug)
    if item not in BY_KEY:
        raise Http404(item)
    policies.require(request.user, policies.TELL_EVIDENCE, claim.application)
    form = ExceptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            readiness.ask_exception(
                claim=claim,
                item=item,
                actor=request.user,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except ClaimError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Asked. Central support decides.")
            return redirect(claim)
    context = {
        "application": claim.application,
        "tab": "nights",
        "claim": claim,
        "item": BY_KEY[item],
        "form": form,
    }
    return render(request, "oncall/claim_exception.html", context)


@require_POST
def approve_exception(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let an exception count."""
    found = get_object_or_404(selectors.exceptions_visible_to(request.user), pk=pk)
    return _done(
        request,
        found.claim,
        lambda: readiness.approve_exception(
            exception=found, actor=request.user, now=timezone.now()
        ),
        "Approved. It ends by itself.",
    )


@require_POST
def end_exception(request: SignedInRequest, pk: int) -> HttpResponse:
    """Refuse an exception, take it back, or end it early."""
    found = get_object_or_404(selectors.exceptions_visible_to(request.user), pk=pk)
    return _done(
        request,
        found.claim,
        lambda: readiness.end_exception(exception=found, actor=request.user, now=timezone.now()),
        "Ended.",
    )


def _done(
    request: SignedInRequest, claim: Claim, service: Callable[[], object], done: str
) -> HttpResponse:
    try:
        service()
    except ClaimError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(claim)


def _application(request: SignedInRequest, slug: str) -> Application:
    visible = applications_visible_to(request.user).select_related("owner")
    return get_object_or_404(visible, slug=slug)


def _claim(request: SignedInRequest, slug: str) -> Claim:
    """Return the live claim of an application."""
    found = selectors.claims_visible_to(request.user).filter(ended_at=None)
    return get_object_or_404(found, application__slug=slug)
