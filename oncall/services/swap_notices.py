"""What people are told of swaps, in the transaction of the step that it is about."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from oncall.models import Override, Rota, Swap, SwapPolicy, SwapState
from oncall.rota import Span
from oncall.rules import hours_in_words
from oncall.selectors.swaps import roster
from portal.accounts.models import User
from portal.catalogue.selectors import nearest_leads
from portal.notifications.services import notify

ASKED, ANSWERED, AGREED = "oncall.swap.asked", "oncall.swap.answered", "oncall.swap.agreed"


def tell_asked(swap: Swap, *, now: datetime) -> None:
    """Tell whoever is asked or offered something; everybody of the team when nobody is named."""
    hours = _hours(swap.rota, swap.span)
    if swap.is_offer:
        title = f"{swap.asked} offers to take your hours {hours}"
    elif swap.back:
        back = _hours(swap.rota, swap.back)
        title = f"{swap.giver} asks you to swap {hours} for {back}"
    else:
        title = f"{swap.giver} asks for somebody to take {hours}"
    people = [swap.answers] if swap.answers else roster(swap.rota).exclude(pk=swap.giver_id)
    _tell(swap, people, ASKED, now, title=title, text=swap.reason)


def tell_answer(swap: Swap, *, by: User, now: datetime) -> None:
    """Tell who asked what the answer is."""
    hours = _hours(swap.rota, swap.span)
    title = {
        SwapState.DECLINED: f"{by} cannot: {hours} stay with {swap.giver}",
        SwapState.AGREED: f"{swap.taker} takes {hours} for {swap.giver}, if the lead agrees",
        SwapState.DONE: f"{swap.taker} takes {hours} for {swap.giver}",
    }[swap.status]
    people = {swap.requested_by, swap.giver, *([swap.taker] if swap.taker else [])} - {by}
    _tell(swap, people, ANSWERED, now, title=title, text=swap.answer)


def tell_leads(swap: Swap, *, but: User, now: datetime) -> None:
    """Tell the leads what two people agreed on, or ask them for their word."""
    hours = _hours(swap.rota, swap.span)
    leads = set(nearest_leads(swap.rota.team)) - {but, swap.giver, swap.taker}
    if swap.rota.swap_policy == SwapPolicy.ASK:
        title = f"Your word is wanted: {swap.taker} for {swap.giver}, {hours}"
    else:
        title = f"{swap.taker} takes {hours} for {swap.giver}"
    _tell(swap, leads, AGREED, now, title=title, text=swap.reason)


def tell_word(swap: Swap, *, now: datetime) -> None:
    """Tell both people what the lead has said."""
    hours = _hours(swap.rota, swap.span)
    people = {swap.giver, *([swap.taker] if swap.taker else [])}
    if swap.state == SwapState.DONE:
        title = f"Agreed: {swap.taker} takes {hours} for {swap.giver}"
    else:
        title = f"{swap.decided_by} refused: {hours} stay with {swap.giver}"
    _tell(swap, people, ANSWERED, now, title=title, text=swap.answer)


def tell_end(swap: Swap, *, now: datetime) -> None:
    """Tell those it concerned that nothing comes of a swap."""
    hours = _hours(swap.rota, swap.span)
    title = {
        SwapState.EXPIRED: f"Nobody answered: {hours} stay with {swap.giver}",
        SwapState.VOID: f"The rota changed: the swap of {hours} is not possible any more",
        SwapState.WITHDRAWN: f"{swap.requested_by} does not ask any more: {hours}",
    }[swap.status]
    named = [one for one in (swap.asked, swap.taker) if one]
    people = named if swap.state == SwapState.WITHDRAWN else [swap.giver, *named]
    _tell(swap, people, ANSWERED, now, title=title)


def tell_covered(override: Override, *, but: User, now: datetime) -> None:
    """Tell the leads and who comes on call that a gap is closed."""
    rota, person = override.rota, override.comes
    assert person is not None  # noqa: S101 - the database has seen to it
    hours = _hours(rota, Span(override.starts_at, override.ends_at))
    notify(
        people={*nearest_leads(rota.team), person} - {but},
        kind=AGREED,
        title=f"{person} covers a gap of {rota}, {hours}",
        text=override.reason,
        url=reverse("swaps"),
        now=now,
        key=f"override:{override.pk}:covered",
    )


def _hours(rota: Rota, span: Span) -> str:
    return hours_in_words(span, rota.zone)


def _tell(
    swap: Swap, people: Iterable[User], kind: str, now: datetime, *, title: str, text: str = ""
) -> None:
    notify(
        people=people,
        kind=kind,
        title=f"{title} ({swap.rota})",
        text=text,
        url=swap.get_absolute_url(),
        now=now,
        key=f"swap:{swap.pk}:{kind.rpartition('.')[2]}:{swap.state.lower()}",
    )
