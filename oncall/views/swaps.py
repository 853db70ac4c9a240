"""Swaps: the lists, asking and offering from a shift, answering, and covering a gap."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oncall import policies
from oncall.forms.swaps import AnswerForm, AskForm, ReasonedForm, take_form
from oncall.models import WAITING_SWAPS, Shift, Swap, SwapState
from oncall.rota import Span
from oncall.selectors import swaps as selectors
from oncall.selectors.trading import Trade, candidates, findings_of, trade_of
from oncall.services import swaps as services
from portal.accounts.http import SignedInRequest
from portal.accounts.models import User
from portal.core.keyset import Order, keyset_page

SHOWN = 50


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """List what waits for the person, what they may take, what they asked, and what was."""
    user, now = request.user, timezone.now()
    context = {
        "waiting": selectors.waiting_for(user, now=now)[:SHOWN],
        "open": selectors.open_to(user, now=now)[:SHOWN],
        "mine": selectors.waiting_of(user)[:SHOWN],
        "page": keyset_page(
            selectors.swaps_visible_to(user),
            order=Order("requested_at"),
            cursor=request.GET.get("place", ""),
        ),
        "now": now,
    }
    return render(request, "oncall/swaps.html", context)


@require_safe
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what is asked, what it would mean, and what the person may do about it."""
    return _shown(request, _swap(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask to be relieved of one's own shift, or offer to take a colleague's."""
    now = timezone.now()
    shift = get_object_or_404(selectors.shifts_ahead(request.user, now=now), pk=pk)
    policies.require(request.user, policies.TRADE_SHIFTS, shift.rota)
    leads = policies.allows(request.user, policies.CHANGE_ROTA, shift.rota)
    is_own = shift.person == request.user
    if is_own or (leads and request.GET.get("for") == "them"):
        return _ask(request, shift, now)
    return _offer(request, shift, now, may_ask=leads)


@require_http_methods(["GET", "HEAD", "POST"])
def cover(request: SignedInRequest, pk: int) -> HttpResponse:
    """Come on call where nobody is."""
    now = timezone.now()
    gap = get_object_or_404(selectors.gaps_ahead(request.user, now=now), pk=pk)
    policies.require(request.user, policies.TRADE_SHIFTS, gap.rota)
    whole = Span(max(gap.starts_at, now), gap.ends_at)
    form = ReasonedForm(request.POST or None, whole=whole, zone=request.user.zone)
    if request.method == "POST" and form.is_valid():
        done = _tried(
            form,
            services.cover_gap,
            gap=gap,
            person=request.user,
            hours=form.hours,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=now,
        )
        if done:
            messages.success(request, "You cover these hours. The leads are told.")
            return redirect("swaps")
    trade = Trade(gap.rota, gap.duty, None, [form.hours])
    context = {
        "gap": gap,
        "form": form,
        "whole": whole,
        "findings": findings_of(trade, request.user),
        "now": now,
    }
    return render(request, "oncall/gap_cover.html", context)


@require_POST
def accept(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take what is asked or accept what is offered."""
    swap = _swap(request, pk)
    form = take_form(swap, request.user.zone, request.POST)
    if not form.is_valid():
        return _shown(request, swap, form=form)
    taken = _tried(
        form,
        services.accept_swap,
        swap=swap,
        hours=form.hours if "which" in form.fields else None,
        reason=form.cleaned_data["reason"],
        actor=request.user,
        now=timezone.now(),
    )
    if taken is None:
        return _shown(request, _swap(request, pk), form=form)
    if taken.state == SwapState.AGREED:
        messages.success(request, "Agreed. It counts once the lead has agreed too.")
    else:
        messages.success(request, "Done. It counts from now on.")
    return redirect(taken)


@require_POST
def decline(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say no."""
    return _answered(request, pk, services.decline_swap, "Declined.", with_answer=True)


@require_POST
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a request or an offer back."""
    return _answered(request, pk, services.withdraw_swap, "Withdrawn.")


@require_POST
def approve(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a swap be done, as the lead."""
    return _answered(request, pk, services.approve_swap, "Approved.", with_answer=True)


@require_POST
def refuse(request: SignedInRequest, pk: int) -> HttpResponse:
    """Refuse a swap, as the lead."""
    return _answered(request, pk, services.refuse_swap, "Refused.", with_answer=True)


def _ask(request: SignedInRequest, shift: Shift, now: datetime) -> HttpResponse:
    rota, role = shift.rota, shift.duty
    whole = _ahead(shift, now)
    people = list(selectors.roster(rota).exclude(pk=shift.person_id))
    form = AskForm(
        request.POST or None,
        whole=whole,
        turn=Span(whole.start, selectors.turn_of(shift).end),
        zone=request.user.zone,
        people=people,
        others=selectors.shifts_of_others(shift, people, now=now),
        initial={"which": request.GET.get("which", "whole")},
    )
    if request.method == "POST" and form.is_valid():
        back = form.cleaned_data["back"]
        swap = _tried(
            form,
            services.ask_swap,
            rota=rota,
            role=role,
            giver=shift.person,
            hours=form.hours,
            asked=form.named,
            back=Span(back.starts_at, back.ends_at) if back else None,
            reason=form.cleaned_data["reason"],
            answer_by=form.cleaned_data["answer_by"],
            actor=request.user,
            now=now,
        )
        if swap:
            messages.success(request, "Asked. Until somebody takes it, nothing changes.")
            return redirect(swap)
    hours = selectors.held(rota, role, shift.person, form.hours) or [form.hours]
    context = {
        "shift": shift,
        "form": form,
        "candidates": candidates(Trade(rota, role, shift.person, hours)),
        "chosen": str(form["asked"].value() or ""),
        "is_own": shift.person == request.user,
        "now": now,
    }
    return render(request, "oncall/swap_new.html", context)


def _offer(
    request: SignedInRequest, shift: Shift, now: datetime, *, may_ask: bool
) -> HttpResponse:
    rota, role = shift.rota, shift.duty
    whole = _ahead(shift, now)
    turn = Span(whole.start, selectors.turn_of(shift).end)
    form = ReasonedForm(request.POST or None, whole=whole, turn=turn, zone=request.user.zone)
    if request.method == "POST" and form.is_valid():
        swap = _tried(
            form,
            services.offer_swap,
            rota=rota,
            role=role,
            giver=shift.person,
            taker=request.user,
            hours=form.hours,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=now,
        )
        if swap:
            messages.success(request, f"Offered. {shift.person} has the word now.")
            return redirect(swap)
    hours = selectors.held(rota, role, shift.person, form.hours) or [form.hours]
    context = {
        "shift": shift,
        "form": form,
        "findings": findings_of(Trade(rota, role, shift.person, hours), request.user),
        "asked": selectors.waiting_swaps(rota, role, shift.person, whole).first(),
        "may_ask": may_ask,
        "now": now,
    }
    return render(request, "oncall/swap_offer.html", context)


def _shown(request: SignedInRequest, swap: Swap, *, form: Any = None) -> HttpResponse:
    user, now = request.user, timezone.now()
    is_waiting = swap.state in WAITING_SWAPS and swap.expires_at > now
    is_possible = is_waiting and selectors.is_possible(swap)
    leads = policies.allows(user, policies.CHANGE_ROTA, swap.rota)
    may_trade = leads or policies.allows(user, policies.TRADE_SHIFTS, swap.rota)
    taker = swap.taker or swap.asked or (user if user != swap.giver else None)
    is_open = is_possible and swap.state == SwapState.OPEN
    context = {
        "swap": swap,
        "pieces": selectors.open_hours(swap) if is_open and not swap.back else [],
        "parts": swap.parts.select_related("taker", "rota") if swap.part_of_id is None else [],
        "is_waiting": is_waiting,
        "is_possible": is_possible,
        "findings": findings_of(trade_of(swap), taker) if is_possible and taker else [],
        "taker": taker,
        "may_answer": is_open and _may_answer(user, swap, leads=leads, may_trade=may_trade),
        "may_decline": is_open and swap.answers is not None and (leads or user == swap.answers),
        "may_withdraw": is_waiting and may_trade and _may_withdraw(user, swap, leads=leads),
        "may_decide": is_possible
        and swap.state == SwapState.AGREED
        and policies.allows(user, policies.DECIDE_SWAP, swap),
        "form": form or take_form(swap, user.zone),
        "answer_form": AnswerForm(),
        "now": now,
    }
    status = 422 if form is not None else 200
    return render(request, "oncall/swap.html", context, status=status)


def _may_answer(user: User, swap: Swap, *, leads: bool, may_trade: bool) -> bool:
    if swap.answers is None:
        return may_trade and user != swap.giver
    return may_trade and (leads or user == swap.answers)


def _may_withdraw(user: User, swap: Swap, *, leads: bool) -> bool:
    mine = swap.asked if swap.is_offer else swap.giver
    return leads or user in {mine, swap.requested_by}


def _answered(
    request: SignedInRequest,
    pk: int,
    service: Callable[..., Swap],
    done: str,
    *,
    with_answer: bool = False,
) -> HttpResponse:
    swap = _swap(request, pk)
    form = AnswerForm(request.POST)
    answer = form.cleaned_data["answer"] if form.is_valid() else ""
    given = {"answer": answer} if with_answer else {}
    try:
        service(swap=swap, actor=request.user, now=timezone.now(), **given)
    except services.SwapError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(swap)


def _tried(form: Any, service: Callable[..., Any], **values: Any) -> Any:
    """Return what a service does, or None after noting on the form why it does not."""
    try:
        return service(**values)
    except services.ReasonError as error:
        form.add_error("reason", str(error))
    except services.SwapError as error:
        form.add_error(None, str(error))
    return None


def _ahead(shift: Shift, now: datetime) -> Span:
    """Return what is still to come of a shift: of one that has begun, from the next quarter on."""
    if shift.starts_at > now:
        return Span(shift.starts_at, shift.ends_at)
    quarter = 15 * 60
    seconds = -(-int(now.timestamp() + quarter) // quarter) * quarter
    return Span(datetime.fromtimestamp(seconds, tz=now.tzinfo), shift.ends_at)


def _swap(request: SignedInRequest, pk: int) -> Swap:
    return get_object_or_404(selectors.swaps_visible_to(request.user), pk=pk)
