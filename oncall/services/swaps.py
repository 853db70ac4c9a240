"""Swaps: hours on call that people hand to each other, with the rules checked under the lock.

Every step locks the rota, then the swap, then the people, so that two of them at once come one
after the other and the second sees what the first did. Until somebody took the hours, and until
the lead has agreed where the lead is asked, the giver stays on call.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from oncall import policies
from oncall.models import (
    SHORTEST,
    WAITING_SWAPS,
    Change,
    DutyRole,
    Gap,
    Override,
    Rota,
    Swap,
    SwapPolicy,
    SwapState,
)
from oncall.rota import Span
from oncall.rota.spans import common, without
from oncall.rules import Finding, Severity
from oncall.selectors import swaps as selectors
from oncall.selectors.trading import Trade, away_in, findings_of, trade_of
from oncall.services.shifts import locked, recompute
from oncall.services.swap_notices import (
    tell_answer,
    tell_asked,
    tell_covered,
    tell_end,
    tell_leads,
    tell_word,
)
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent

PORTAL = "system:oncall"


class SwapError(ValueError):
    """It cannot be asked, answered or decided as things stand; the message says why."""


class RulesError(SwapError):
    """The rules of rest and load stand against it: `findings` says which."""

    def __init__(self, words: str, findings: Sequence[Finding]) -> None:
        super().__init__(words)
        self.findings = findings


class ReasonError(RulesError):
    """The rules warn, and nobody has said why it should be nonetheless."""


# --- Asking -----------------------------------------------------------------------------------


@transaction.atomic
def ask_swap(
    *,
    rota: Rota,
    role: DutyRole,
    giver: User,
    hours: Span,
    actor: User,
    now: datetime,
    asked: User | None = None,
    back: Span | None = None,
    reason: str = "",
    answer_by: datetime | None = None,
) -> Swap:
    """Ask a colleague, or everybody of the team, to take hours of a shift, perhaps for others back.

    Raises:
        NotAllowedError: when the actor neither gives the hours nor leads the team.
        SwapError: when the hours are not the giver's, have begun, or are asked already.
        RulesError: when who is asked by name cannot take them, or it needs a reason.
    """
    policies.require(actor, _permission(actor, giver), rota)
    rota = _current(rota)
    _require_time(hours, now, answer_by)
    if selectors.waiting_swaps(rota, role, giver, hours).exists():
        raise SwapError("Some of these hours are asked already. Withdraw that first.")
    if back and asked is None:
        raise SwapError("Name whom you ask, to take hours of theirs in return.")
    mine = _held(rota, role, giver, hours)
    theirs = _held(rota, role, asked, back) if asked and back else []
    if theirs:
        _require_time(theirs[0], now, None)
    if asked:
        _require_trader(asked, rota, giver)
        trade = Trade(rota, role, giver, mine, theirs)
        _require_rules(trade, asked, reason)
    first = min(one.start for one in (*mine[:1], *theirs[:1]))
    swap = Swap.objects.create(
        rota=rota,
        role=role,
        giver=giver,
        asked=asked,
        starts_at=mine[0].start,
        ends_at=mine[-1].end,
        back_starts_at=theirs[0].start if theirs else None,
        back_ends_at=theirs[-1].end if theirs else None,
        reason=reason.strip(),
        requested_by=actor,
        requested_at=now,
        expires_at=min(answer_by or first, first),
    )
    _record(AuditEvent.SWAP_ASKED, swap, actor.label, now, on_behalf=giver, reason=swap.reason)
    tell_asked(swap, now=now)
    return swap


@transaction.atomic
def offer_swap(
    *,
    rota: Rota,
    role: DutyRole,
    giver: User,
    taker: User,
    hours: Span,
    actor: User,
    now: datetime,
    reason: str = "",
) -> Swap:
    """Offer a colleague to take hours of theirs; it is for them to say yes.

    Raises:
        NotAllowedError: when the actor neither takes the hours nor leads the team.
        SwapError: when the hours are not the giver's, have begun, or are asked or offered already.
        RulesError: when the taker cannot take them, or it needs a reason.
    """
    policies.require(actor, _permission(actor, taker), rota)
    rota = _current(rota)
    _require_time(hours, now, None)
    waiting = selectors.waiting_swaps(rota, role, giver, hours).first()
    if waiting:
        raise SwapError(f"{giver} asks for that already. Open what they ask, and take it there.")
    mine = _held(rota, role, giver, hours)
    _require_trader(taker, rota, giver)
    _require_rules(Trade(rota, role, giver, mine), taker, reason)
    swap = Swap.objects.create(
        rota=rota,
        role=role,
        giver=giver,
        asked=taker,
        is_offer=True,
        starts_at=mine[0].start,
        ends_at=mine[-1].end,
        reason=reason.strip(),
        requested_by=actor,
        requested_at=now,
        expires_at=mine[0].start,
    )
    _record(AuditEvent.SWAP_OFFERED, swap, actor.label, now, on_behalf=taker, reason=swap.reason)
    tell_asked(swap, now=now)
    return swap


# --- Answering --------------------------------------------------------------------------------


@transaction.atomic
def accept_swap(
    *,
    swap: Swap,
    actor: User,
    now: datetime,
    taker: User | None = None,
    hours: Span | None = None,
    reason: str = "",
) -> Swap:
    """Take what is asked, all or a part of it, or accept what is offered; return what was taken.

    What is left of it goes on being asked. Where the lead is asked first, it waits for them.

    Args:
        swap: what is asked or offered.
        actor: who says so: for themselves, or for one they lead.
        now: the instant.
        taker: who takes what everybody was asked; the actor when it is left out.
        hours: the part that is taken; all when it is left out.
        reason: why, where the rules warn.

    Raises:
        NotAllowedError: when the actor neither answers nor leads the team.
        SwapError: when it waits for nobody any more, or the hours are gone.
        RulesError: when the taker cannot take them, or it needs a reason.
    """
    swap = _waiting(swap, SwapState.OPEN, now)
    person = swap.answers or taker or actor
    policies.require(actor, _permission(actor, person), swap.rota)
    taker = swap.asked or person
    _require_trader(taker, swap.rota, swap.giver)
    trade = _trade(swap, hours or swap.span)
    said = " ".join(filter(None, [reason.strip(), swap.reason if swap.asked_id else ""]))
    _require_rules(trade, taker, said)
    taken = _split(swap, trade)
    taken.taker, taken.answered_at, taken.answer = taker, now, reason.strip()
    if swap.rota.swap_policy == SwapPolicy.ASK:
        taken.state = SwapState.AGREED
        taken.save()
    else:
        _apply(taken, trade, now)
    is_done = taken.state == SwapState.DONE
    event = AuditEvent.SWAP_DONE if is_done else AuditEvent.SWAP_AGREED
    _record(event, taken, actor.label, now, on_behalf=person, reason=taken.answer)
    tell_answer(taken, by=person, now=now)
    tell_leads(taken, but=actor, now=now)
    return taken


@transaction.atomic
def decline_swap(*, swap: Swap, actor: User, now: datetime, answer: str = "") -> Swap:
    """Say no to what one was asked or offered by name.

    Raises:
        NotAllowedError: when the actor neither answers nor leads the team.
        SwapError: when it waits for nobody any more, or nobody was asked by name.
    """
    swap = _waiting(swap, SwapState.OPEN, now)
    person = swap.answers
    if person is None:
        raise SwapError("Everybody was asked, so nobody has to decline. Leave it to the others.")
    policies.require(actor, _permission(actor, person), swap.rota)
    swap.state, swap.answered_at, swap.answer = SwapState.DECLINED, now, answer.strip()
    swap.save()
    _record(AuditEvent.SWAP_DECLINED, swap, actor.label, now, on_behalf=person, reason=swap.answer)
    tell_answer(swap, by=person, now=now)
    return swap


@transaction.atomic
def withdraw_swap(*, swap: Swap, actor: User, now: datetime) -> Swap:
    """Take back what was asked, offered or agreed on, as long as it is not done.

    Raises:
        NotAllowedError: when the actor neither asked nor leads the team.
        SwapError: when it is done or over.
    """
    swap = _waiting(swap, WAITING_SWAPS, now)
    person = swap.asked if swap.is_offer and swap.asked else swap.giver
    mine = swap.requested_by if actor == swap.requested_by else person
    policies.require(actor, _permission(actor, mine), swap.rota)
    swap.state, swap.answered_at = SwapState.WITHDRAWN, now
    swap.save()
    _record(AuditEvent.SWAP_WITHDRAWN, swap, actor.label, now, on_behalf=person)
    tell_end(swap, now=now)
    return swap


# --- The word of the lead ---------------------------------------------------------------------


@transaction.atomic
def approve_swap(*, swap: Swap, actor: User, now: datetime, answer: str = "") -> Swap:
    """Let a swap that two people agreed on be done; the rules are checked once more.

    Raises:
        NotAllowedError: when the actor does not lead the team, or is one of the two.
        SwapError: when it does not wait for a word, or the hours are gone.
        RulesError: when the taker cannot take them any more.
    """
    policies.require(actor, policies.DECIDE_SWAP, swap)
    swap = _waiting(swap, SwapState.AGREED, now)
    trade = _trade(swap, swap.span)
    assert swap.taker is not None  # noqa: S101 - the database has seen to it
    _require_rules(trade, swap.taker, reason="The lead has the last word.")
    swap.decided_by, swap.answer = actor, answer.strip() or swap.answer
    _apply(swap, trade, now)
    _record(AuditEvent.SWAP_APPROVED, swap, actor.label, now, on_behalf=swap.taker, reason=answer)
    tell_word(swap, now=now)
    return swap


@transaction.atomic
def refuse_swap(*, swap: Swap, answer: str, actor: User, now: datetime) -> Swap:
    """Refuse a swap that two people agreed on; the giver stays on call.

    Raises:
        NotAllowedError: when the actor does not lead the team, or is one of the two.
        SwapError: when it does not wait for a word, or no reason is given.
    """
    policies.require(actor, policies.DECIDE_SWAP, swap)
    swap = _waiting(swap, SwapState.AGREED, now)
    if not answer.strip():
        raise SwapError("Say why, so that they can ask for something else.")
    swap.state, swap.answer = SwapState.REFUSED, answer.strip()
    swap.decided_by, swap.decided_at = actor, now
    swap.save()
    _record(
        AuditEvent.SWAP_REFUSED, swap, actor.label, now, on_behalf=swap.taker, reason=swap.answer
    )
    tell_word(swap, now=now)
    return swap


# --- Gaps -------------------------------------------------------------------------------------


@transaction.atomic
def cover_gap(
    *,
    gap: Gap,
    person: User,
    actor: User,
    now: datetime,
    hours: Span | None = None,
    reason: str = "",
) -> Override:
    """Come on call where nobody is, for all of a gap or a part of it; nobody has to agree.

    Raises:
        NotAllowedError: when the actor neither comes on call nor leads the team.
        SwapError: when it is no gap any more, is over, or the hours are not in it.
        RulesError: when the person cannot take them, or it needs a reason.
    """
    policies.require(actor, _permission(actor, person), gap.rota)
    rota = _current(gap.rota)
    found = Gap.objects.filter(pk=gap.pk, rota=rota).first()
    if found is None:
        raise SwapError("It is no gap any more, or another one: somebody was faster.")
    whole = Span(max(found.starts_at, now), found.ends_at)
    hours = Span(max(hours.start, now), hours.end) if hours else whole
    if hours.end - hours.start < SHORTEST or hours & whole != hours:
        raise SwapError("Choose at least 15 minutes within the gap that are not over.")
    _require_trader(person, rota, None)
    _require_rules(Trade(rota, found.duty, None, [hours]), person, reason)
    override = Override.objects.create(
        rota=rota,
        role=found.role,
        kind=Change.COVER,
        comes=person,
        starts_at=hours.start,
        ends_at=hours.end,
        reason=reason.strip(),
        made_by=actor,
        made_at=now,
    )
    recompute(rota=rota, now=now)
    _require_on_call(rota, found.duty, person, [hours])
    audit.record(
        AuditEvent.GAP_COVERED,
        actor=actor.label,
        subject=rota.label,
        now=now,
        data={
            "person": person.label,
            "role": override.duty.label.lower(),
            **_period(hours),
        },
        texts={"reason": override.reason} if override.reason else {},
    )
    tell_covered(override, but=actor, now=now)
    return override


# --- The end by itself ------------------------------------------------------------------------


def settle_swaps(*, now: datetime) -> int:
    """End the swaps that ran out, and those whose hours are not there any more; return how many."""
    return sum(_settle(pk, now) for pk in selectors.to_settle(now=now))


@transaction.atomic
def _settle(pk: int, now: datetime) -> bool:
    """End one, unless it is answered by now or the rota is being worked on."""
    rota = (
        Rota.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("team")
        .filter(swaps=pk)
        .first()
    )
    if rota is None:
        return False
    swap = _hold(pk, rota)
    if swap.state not in WAITING_SWAPS:
        return False
    if swap.expires_at <= now:
        swap.state, event = SwapState.EXPIRED, AuditEvent.SWAP_EXPIRED
    elif selectors.is_possible(swap):
        return False
    else:
        swap.state, event = SwapState.VOID, AuditEvent.SWAP_VOIDED
    swap.save(update_fields=["state"])
    _record(event, swap, PORTAL, now, on_behalf=swap.giver)
    tell_end(swap, now=now)
    return True


# --- Locks ------------------------------------------------------------------------------------


def _current(rota: Rota) -> Rota:
    rota = locked(rota)
    if rota.retired_at:
        raise SwapError(f"{rota} is retired.")
    return rota


def _waiting(swap: Swap, states: SwapState | Iterable[SwapState], now: datetime) -> Swap:
    """Return a swap, locked after its rota, that is in one of some states and has not run out."""
    swap = _hold(swap.pk, _current(swap.rota))
    wanted = [states] if isinstance(states, SwapState) else list(states)
    if swap.state not in wanted:
        raise SwapError(_how_it_ended(swap))
    if swap.expires_at <= now:
        raise SwapError("It ran out before it was answered. Whoever was on call stays it.")
    return swap


def _hold(pk: int, rota: Rota) -> Swap:
    swap = (
        Swap.objects.select_for_update(of=("self",))
        .select_related("giver", "asked", "taker", "requested_by")
        .get(pk=pk)
    )
    swap.rota = rota
    return swap


def _how_it_ended(swap: Swap) -> str:
    return {
        SwapState.OPEN: "It waits for an answer still.",
        SwapState.AGREED: f"{swap.taker} was faster, and it waits for the lead.",
        SwapState.DONE: f"It is done: {swap.taker} takes these hours.",
        SwapState.DECLINED: f"{swap.answers} has declined it.",
        SwapState.REFUSED: "The lead has refused it.",
        SwapState.WITHDRAWN: f"{swap.requested_by} has withdrawn it.",
        SwapState.EXPIRED: "It ran out before it was answered.",
        SwapState.VOID: "The rota has changed, and these hours are not there any more.",
    }[swap.status]


# --- What is asked of a swap ------------------------------------------------------------------


def _permission(actor: User, person: User) -> str:
    """Return what it takes to speak for somebody: for oneself little, for others to lead them."""
    return policies.TRADE_SHIFTS if actor == person else policies.CHANGE_ROTA


def _require_time(hours: Span, now: datetime, answer_by: datetime | None) -> None:
    if hours.end - hours.start < SHORTEST:
        raise SwapError("Choose at least 15 minutes.")
    if hours.start <= now:
        raise SwapError("These hours have begun. Choose a part that is still to come.")
    if answer_by and not now < answer_by <= hours.start:
        raise SwapError("An answer is due before the hours begin, and after now.")


def _require_trader(person: User, rota: Rota, giver: User | None) -> None:
    if person == giver:
        raise SwapError("Nobody takes their own hours.")
    if not policies.allows(person, policies.TRADE_SHIFTS, rota):
        raise SwapError(f"{person} is not of {rota.team}, and takes no turns in {rota}.")


def _require_rules(trade: Trade, taker: User, reason: str) -> None:
    """Hold the people, so that they take nothing else meanwhile, and ask the rules."""
    people = sorted({taker.pk, *([trade.giver.pk] if trade.giver else [])})
    list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))
    for person, hours in ((taker, trade.hours), (trade.giver, trade.back)):
        if person and hours and away_in([person], hours):
            raise RulesError(f"{person} is away in these hours.", [])
    found = findings_of(trade, taker)
    refused = [one for one in found if one.severity is Severity.REFUSE]
    if refused:
        raise RulesError(" ".join(one.words for one in refused), refused)
    warned = [one for one in found if one.severity is Severity.WARN]
    if warned and not reason.strip():
        words = " ".join(one.words for one in warned)
        raise ReasonError(f"{words} Say why it should be nonetheless.", warned)


def _held(rota: Rota, role: DutyRole, person: User, hours: Span) -> list[Span]:
    """Return the hours that a person has within some, from the first to the last of theirs."""
    found = selectors.held(rota, role, person, hours)
    if not found or sum((one.end - one.start for one in found), timedelta(0)) < SHORTEST:
        raise SwapError(f"{person} is not on call as {role.label.lower()} in these hours.")
    _require_whole(rota, role, person, found)
    cover = Override.objects.filter(
        rota=rota,
        role=role,
        kind=Change.COVER,
        comes=person,
        cancelled_at=None,
        starts_at__lt=found[-1].end,
        ends_at__gt=found[0].start,
    )
    if cover.exists():
        raise SwapError(
            f"{person} covers these hours for once. A lead can let somebody else cover them."
        )
    return found


def _require_whole(rota: Rota, role: DutyRole, person: User, hours: Sequence[Span]) -> None:
    whole = Span(hours[0].start, hours[-1].end)
    if not rota.is_union and selectors.others_between(rota, role, person, whole):
        raise SwapError("Somebody else is on call in between. Ask for one part after the other.")


def _trade(swap: Swap, wanted: Span) -> Trade:
    """Return what changes hands, if it is still there as it was asked."""
    whole = selectors.open_hours(swap)
    if not whole or not selectors.is_possible(swap):
        raise SwapError(
            f"The rota has changed: {swap.giver} is not on call in these hours any more as it was"
            " asked. Nothing is done; who needs relief asks anew."
        )
    if wanted & swap.span != wanted:
        raise SwapError("Some of these hours are not asked any more: somebody was faster.")
    if (swap.back or swap.is_offer) and wanted != swap.span:
        raise SwapError("This is taken as a whole.")
    taken = list(common(whole, [wanted]))
    left = without(whole, [wanted])
    for hours in (taken, *_sides(left, wanted)):
        length = sum((one.end - one.start for one in hours), timedelta(0))
        if (hours or hours is taken) and length < SHORTEST:
            raise SwapError("Take at least 15 minutes, and leave as much or nothing.")
    return replace(trade_of(swap), hours=taken)


def _sides(left: Sequence[Span], taken: Span) -> tuple[list[Span], list[Span]]:
    """Return what is left before and after what was taken."""
    before = [one for one in left if one.end <= taken.start]
    return before, [one for one in left if one.start >= taken.end]


# --- What is done -----------------------------------------------------------------------------


def _split(swap: Swap, trade: Trade) -> Swap:
    """Return the swap of what is taken; what is left of it goes on being asked."""
    taken = Span(trade.hours[0].start, trade.hours[-1].end)
    rest = [side for side in _sides(without(selectors.open_hours(swap), [taken]), taken) if side]
    if not rest:
        return swap
    part, *others = (
        _part_of(swap, Span(hours[0].start, hours[-1].end)) for hours in (trade.hours, *rest[1:])
    )
    Swap.objects.bulk_create(others)
    swap.expires_at = _expiry(swap, rest[0][0].start)
    swap.starts_at, swap.ends_at = rest[0][0].start, rest[0][-1].end
    swap.save(update_fields=["starts_at", "ends_at", "expires_at"])
    return part


def _part_of(swap: Swap, hours: Span) -> Swap:
    return Swap(
        rota=swap.rota,
        role=swap.role,
        giver=swap.giver,
        asked=swap.asked,
        part_of=swap,
        starts_at=hours.start,
        ends_at=hours.end,
        reason=swap.reason,
        requested_by=swap.requested_by,
        requested_at=swap.requested_at,
        expires_at=_expiry(swap, hours.start),
    )


def _expiry(swap: Swap, starts_at: datetime) -> datetime:
    """Return when a part runs out: as it begins, or when an answer was wanted."""
    if swap.expires_at == swap.starts_at:
        return starts_at
    return min(swap.expires_at, starts_at)


def _apply(swap: Swap, trade: Trade, now: datetime) -> None:
    """Let a swap count from now on, after all that counted before it, and see that it does."""
    assert swap.taker is not None  # noqa: S101 - whoever calls has set it
    swap.state, swap.decided_at = SwapState.DONE, _after_all_words(swap.rota, now)
    swap.save()
    recompute(rota=swap.rota, now=now)
    _require_on_call(swap.rota, trade.role, swap.taker, trade.hours)
    _require_on_call(swap.rota, trade.role, swap.giver, trade.back)


def _after_all_words(rota: Rota, now: datetime) -> datetime:
    """Return now, or just after the last swap or override of a rota that waited less for the lock."""
    swaps = Swap.objects.filter(rota=rota, state=SwapState.DONE).aggregate(at=Max("decided_at"))
    overrides = Override.objects.filter(rota=rota).aggregate(at=Max("made_at"))
    words: list[datetime] = [
        at + timedelta(microseconds=1) for at in (swaps["at"], overrides["at"]) if at
    ]
    return max(now, *words) if words else now


def _require_on_call(rota: Rota, role: DutyRole, person: User, hours: Sequence[Span]) -> None:
    for span in hours:
        if selectors.held(rota, role, person, span) != [span]:
            raise SwapError(
                f"An override stands against it: {person} would not be on call in these hours"
                " nonetheless. Ask a lead to change the override."
            )


def _record(
    event: AuditEvent,
    swap: Swap,
    actor: str,
    now: datetime,
    *,
    on_behalf: User | None,
    reason: str = "",
) -> None:
    back = swap.back
    taker = swap.taker or swap.asked
    audit.record(
        event,
        actor=actor,
        subject=swap.rota.label,
        now=now,
        data={
            "for": on_behalf.label if on_behalf else "everybody",
            "giver": swap.giver.label,
            "taker": taker.label if taker else "everybody",
            "role": swap.duty.label.lower(),
            **_period(swap.span),
            "back": f"{_minute(back.start)} to {_minute(back.end)}" if back else "nothing",
        },
        texts={"reason": reason} if reason else {},
    )


def _period(hours: Span) -> dict[str, str]:
    return {"since": _minute(hours.start), "until": _minute(hours.end)}


def _minute(at: datetime) -> str:
    return at.isoformat(timespec="minutes")
