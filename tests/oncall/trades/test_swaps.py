"""Swaps: asked, offered, taken whole and in part, decided, and over by themselves."""

import json
from datetime import timedelta

import pytest

from oncall.models import Change, DutyRole, Leave, Override, Shift, Swap, SwapPolicy, SwapState
from oncall.rota import Span
from oncall.services.leave import add_leave
from oncall.services.overrides import make_override
from oncall.services.rotas import change_definition, retire_rota
from oncall.services.swaps import (
    ReasonError,
    RulesError,
    SwapError,
    accept_swap,
    approve_swap,
    ask_swap,
    cover_gap,
    decline_swap,
    offer_swap,
    refuse_swap,
    settle_swaps,
    withdraw_swap,
)
from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.notifications.models import Notice
from tests.oncall.scene import at, layer, layers, on_call, people, rota

pytestmark = pytest.mark.django_db
PRIMARY = DutyRole.PRIMARY


@pytest.fixture
def six(world):
    return people(world, 6)


@pytest.fixture
def nights(world, six, now):
    """Alice from 2 March, Bob from 9 March, then Dora, Emil, Fay and Gus, a week each."""
    return rota(world, six, hours="OUT_OF_HOURS")


def first_of(rota, person, role=PRIMARY):
    return rota.shifts.filter(person=person, role=role).order_by("starts_at").first()


def span_of(shift):
    return Span(shift.starts_at, shift.ends_at)


def ask(rota, giver, now, **values):
    shift = first_of(rota, giver)
    given = {"hours": span_of(shift), "actor": giver, **values}
    return ask_swap(rota=rota, role=PRIMARY, giver=giver, now=now, **given)


def told(entry):
    return json.loads(bytes(entry.body))["data"]


# --- Asking -----------------------------------------------------------------------------------


def test_until_somebody_takes_it_the_giver_stays_on_call(world, nights, now):
    swap = ask(nights, world.bob, now)
    assert swap.state == SwapState.OPEN
    assert swap.expires_at == swap.starts_at
    assert on_call(nights, swap.starts_at) == ["Bob"]


def test_who_was_asked_by_name_takes_it(world, nights, six, now):
    fay = six[4]
    swap = ask(nights, world.bob, now, asked=fay, reason="A wedding.")
    taken = accept_swap(swap=swap, actor=fay, now=now)
    assert taken.state == SwapState.DONE
    assert on_call(nights, swap.starts_at) == ["Fay"]
    assert on_call(nights, swap.ends_at + timedelta(hours=12)) == ["Bob"]


def test_one_of_everybody_takes_it_and_the_next_is_told_who(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    accept_swap(swap=swap, actor=six[4], now=now)
    with pytest.raises(SwapError, match="Fay takes these hours"):
        accept_swap(swap=swap, actor=six[5], now=now)


def test_a_part_is_taken_and_the_rest_is_still_asked(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    start, end = swap.starts_at, swap.ends_at
    part = Span(start + timedelta(hours=2), start + timedelta(hours=4))
    taken = accept_swap(swap=swap, actor=six[4], now=now, hours=part)
    assert (taken.starts_at, taken.ends_at, taken.part_of) == (*part, swap)
    left = Swap.objects.filter(state=SwapState.OPEN).order_by("starts_at")
    assert [(one.starts_at, one.ends_at) for one in left] == [
        (start, part.start),
        (part.end, end),
    ]
    assert on_call(nights, start) == ["Bob"]
    assert on_call(nights, part.start) == ["Fay"]
    assert on_call(nights, part.end) == ["Bob"]


def test_a_quarter_of_an_hour_is_the_least_of_a_part_and_of_the_rest(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    start = swap.starts_at
    for hours in (
        Span(start, start + timedelta(minutes=14)),
        Span(start + timedelta(minutes=10), swap.ends_at),
    ):
        with pytest.raises(SwapError, match="15 minutes"):
            accept_swap(swap=swap, actor=six[4], now=now, hours=hours)
    taken = accept_swap(
        swap=swap, actor=six[4], now=now, hours=Span(start, start + timedelta(minutes=15))
    )
    assert taken.state == SwapState.DONE


def test_a_whole_turn_of_nights_changes_hands(world, nights, six, now):
    shifts = list(nights.shifts.filter(person=world.bob, role=PRIMARY)[:20])
    turn = Span(shifts[0].starts_at, at("2026-03-16 09:00"))
    swap = ask(nights, world.bob, now, hours=turn)
    accept_swap(swap=swap, actor=six[4], now=now, reason="I like nights.")
    assert on_call(nights, at("2026-03-11 22:00")) == ["Fay"]
    assert on_call(nights, at("2026-03-14 12:00")) == ["Fay"]


def test_one_night_of_a_turn_is_taken(world, nights, six, now):
    turn = Span(at("2026-03-09 09:00"), at("2026-03-16 09:00"))
    swap = ask(nights, world.bob, now, hours=turn)
    night = first_of(nights, world.bob)
    accept_swap(swap=swap, actor=six[4], now=now, hours=span_of(night))
    swap.refresh_from_db()
    assert swap.state == SwapState.OPEN
    assert swap.starts_at > night.ends_at
    assert on_call(nights, swap.starts_at) == ["Bob"]
    assert settle_swaps(now=now) == 0


def test_hours_of_theirs_are_taken_in_return(world, nights, six, now):
    fay = six[4]
    theirs = first_of(nights, fay)
    swap = ask(nights, world.bob, now, asked=fay, back=span_of(theirs), reason="A wedding.")
    accept_swap(swap=swap, actor=fay, now=now)
    assert on_call(nights, swap.starts_at) == ["Fay"]
    assert on_call(nights, theirs.starts_at) == ["Bob"]


def test_what_is_returned_is_taken_as_a_whole(world, nights, six, now):
    fay = six[4]
    swap = ask(
        nights, world.bob, now, asked=fay, back=span_of(first_of(nights, fay)), reason="So."
    )
    half = Span(swap.starts_at, swap.starts_at + timedelta(hours=4))
    with pytest.raises(SwapError, match="as a whole"):
        accept_swap(swap=swap, actor=fay, now=now, hours=half)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: {"hours": Span(s.starts_at, s.starts_at + timedelta(minutes=14))}, "15 min"),
        (lambda s: {"hours": Span(s.starts_at - timedelta(days=9), s.ends_at)}, "begun"),
        (lambda s: {"answer_by": s.ends_at}, "before the hours begin"),
        (lambda s: {"back": Span(s.ends_at, s.ends_at + timedelta(hours=9))}, "Name whom"),
        (lambda s: {"asked": s.person}, "their own hours"),
    ],
)
def test_what_makes_no_sense_is_not_asked(world, nights, now, change, words):
    with pytest.raises(SwapError, match=words):
        ask(nights, world.bob, now, **change(first_of(nights, world.bob)))
    assert not Swap.objects.exists()


def test_hours_of_somebody_else_are_not_asked_for(world, nights, six, now):
    with pytest.raises(SwapError, match="Bob is not on call"):
        ask_swap(
            rota=nights, role=PRIMARY, giver=world.bob,
            hours=span_of(first_of(nights, six[4])), actor=world.bob, now=now,
        )  # fmt: skip


def test_hours_are_asked_once(world, nights, now):
    ask(nights, world.bob, now)
    with pytest.raises(SwapError, match="asked already"):
        ask(nights, world.bob, now)


def test_who_is_not_of_the_team_neither_asks_nor_is_asked(world, nights, now):
    with pytest.raises(SwapError, match="Charlie is not of Acquiring"):
        ask(nights, world.bob, now, asked=world.charlie)
    with pytest.raises(NotAllowedError):
        ask(nights, world.bob, now, actor=world.charlie)
    swap = ask(nights, world.bob, now)
    with pytest.raises(NotAllowedError):
        accept_swap(swap=swap, actor=world.charlie, now=now)


def test_a_colleague_does_not_speak_for_another(world, nights, six, now):
    with pytest.raises(NotAllowedError):
        ask(nights, world.bob, now, actor=six[2])


def test_a_lead_asks_and_accepts_for_their_people_and_the_trail_says_so(world, nights, six, now):
    fay = six[4]
    swap = ask(nights, world.bob, now, actor=world.alice, asked=fay, reason="He is ill.")
    accept_swap(swap=swap, actor=world.alice, now=now)
    asked, done = list(Entry.objects.order_by("id"))[-2:]
    assert (asked.actor, told(asked)["for"]) == (world.alice.label, world.bob.label)
    assert (done.actor, told(done)["for"]) == (world.alice.label, fay.label)


# --- The rules --------------------------------------------------------------------------------


def test_the_secondary_does_not_become_the_primary_of_the_same_night(world, nights, six, now):
    shift = first_of(nights, world.bob)
    secondary = nights.shifts.get(role="secondary", starts_at=shift.starts_at).person
    with pytest.raises(RulesError, match=r"primary and secondary of .* at once") as refused:
        ask(nights, world.bob, now, asked=secondary)
    assert [one.rule.key for one in refused.value.findings] == ["second-person"]


def test_the_rules_are_asked_again_when_it_is_accepted(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    secondary = nights.shifts.get(role="secondary", starts_at=swap.starts_at).person
    with pytest.raises(RulesError):
        accept_swap(swap=swap, actor=secondary, now=now)
    swap.refresh_from_db()
    assert swap.state == SwapState.OPEN


def test_a_warning_needs_a_reason(world, now):
    some = people(world, 6)
    made = rota(world, some[:5])
    swap = ask(made, world.bob, now)
    # Gus is of the team, but has never been on call here.
    with pytest.raises(ReasonError, match=r"never been on call .* Say why"):
        accept_swap(swap=swap, actor=some[5], now=now)
    taken = accept_swap(swap=swap, actor=some[5], now=now, reason="Bob sits beside me.")
    assert taken.answer == "Bob sits beside me."


def test_who_is_away_takes_nothing(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    add_leave(
        person=six[4], actor=six[4], now=now,
        starts_at=swap.starts_at + timedelta(hours=1), ends_at=swap.ends_at,
    )  # fmt: skip
    with pytest.raises(RulesError, match="Fay is away"):
        accept_swap(swap=swap, actor=six[4], now=now)


# --- Offering ---------------------------------------------------------------------------------


def offer(rota, giver, taker, now, **values):
    hours = span_of(first_of(rota, giver))
    return offer_swap(
        rota=rota, role=PRIMARY, giver=giver, taker=taker, hours=hours, actor=taker, now=now,
        **values,
    )  # fmt: skip


def test_an_offer_is_for_the_giver_to_accept(world, nights, six, now):
    swap = offer(nights, world.bob, six[4], now)
    assert on_call(nights, swap.starts_at) == ["Bob"]
    with pytest.raises(NotAllowedError):
        accept_swap(swap=swap, actor=six[4], now=now)
    accept_swap(swap=swap, actor=world.bob, now=now)
    assert on_call(nights, swap.starts_at) == ["Fay"]


def test_an_offer_can_be_declined(world, nights, six, now):
    swap = offer(nights, world.bob, six[4], now)
    decline_swap(swap=swap, actor=world.bob, now=now, answer="I am fine.")
    swap.refresh_from_db()
    assert (swap.state, swap.answer) == (SwapState.DECLINED, "I am fine.")


def test_of_what_is_asked_nothing_is_offered(world, nights, six, now):
    ask(nights, world.bob, now)
    with pytest.raises(SwapError, match="Bob asks for that already"):
        offer(nights, world.bob, six[4], now)


def test_of_two_offers_the_second_is_not_possible_any_more(world, nights, six, now):
    one, other = (offer(nights, world.bob, six[place], now) for place in (4, 5))
    accept_swap(swap=one, actor=world.bob, now=now)
    with pytest.raises(SwapError, match="The rota has changed"):
        accept_swap(swap=other, actor=world.bob, now=now)
    assert settle_swaps(now=now) == 1
    other.refresh_from_db()
    assert other.state == SwapState.VOID


# --- Saying no --------------------------------------------------------------------------------


def test_nobody_declines_what_everybody_was_asked(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    with pytest.raises(SwapError, match="Everybody was asked"):
        decline_swap(swap=swap, actor=six[4], now=now)


def test_what_was_withdrawn_is_taken_by_nobody(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    with pytest.raises(NotAllowedError):
        withdraw_swap(swap=swap, actor=six[4], now=now)
    withdraw_swap(swap=swap, actor=world.bob, now=now)
    with pytest.raises(SwapError, match="Bob has withdrawn"):
        accept_swap(swap=swap, actor=six[4], now=now)


def test_it_runs_out_as_the_hours_begin(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    late = swap.starts_at
    with pytest.raises(SwapError, match="ran out"):
        accept_swap(swap=swap, actor=six[4], now=late)
    assert settle_swaps(now=late - timedelta(seconds=1)) == 0
    assert settle_swaps(now=late) == 1
    swap.refresh_from_db()
    assert swap.state == SwapState.EXPIRED
    assert on_call(nights, late) == ["Bob"]


def test_it_runs_out_when_an_answer_was_wanted(world, nights, now):
    swap = ask(nights, world.bob, now, answer_by=now + timedelta(hours=2))
    assert settle_swaps(now=now + timedelta(hours=2)) == 1
    swap.refresh_from_db()
    assert swap.state == SwapState.EXPIRED


# --- The lead ---------------------------------------------------------------------------------


@pytest.fixture
def strict(world, six, now):
    return rota(world, six, swap_policy=SwapPolicy.ASK)


def test_where_the_lead_is_asked_it_waits_for_them(world, strict, six, now):
    swap = accept_swap(swap=ask(strict, world.bob, now), actor=six[4], now=now)
    assert swap.state == SwapState.AGREED
    assert on_call(strict, swap.starts_at) == ["Bob"]
    approve_swap(swap=swap, actor=world.alice, now=now)
    assert on_call(strict, swap.starts_at) == ["Fay"]


def test_the_lead_refuses_with_a_reason(world, strict, six, now):
    swap = accept_swap(swap=ask(strict, world.bob, now), actor=six[4], now=now)
    with pytest.raises(SwapError, match="Say why"):
        refuse_swap(swap=swap, answer=" ", actor=world.alice, now=now)
    refuse_swap(swap=swap, answer="Fay has training.", actor=world.alice, now=now)
    assert on_call(strict, swap.starts_at) == ["Bob"]


def test_a_lead_has_no_last_word_on_a_swap_of_their_own(world, strict, six, now):
    swap = accept_swap(swap=ask(strict, world.bob, now, asked=None), actor=world.alice, now=now,
                       reason="I am here.")  # fmt: skip
    with pytest.raises(NotAllowedError):
        approve_swap(swap=swap, actor=world.alice, now=now)
    approve_swap(swap=swap, actor=world.olive, now=now)
    assert on_call(strict, swap.starts_at) == ["Alice"]


def test_a_member_has_no_last_word(world, strict, six, now):
    swap = accept_swap(swap=ask(strict, world.bob, now), actor=six[4], now=now)
    with pytest.raises(NotAllowedError):
        approve_swap(swap=swap, actor=six[5], now=now)


# --- When the rota changes meanwhile -----------------------------------------------------------


def test_when_another_definition_takes_the_hours_away_the_swap_is_void(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    change_definition(
        rota=nights, layers=layers(six[2:]), starts_at=now, seen=1, actor=world.alice, now=now
    )
    with pytest.raises(SwapError, match="The rota has changed: Bob is not on call"):
        accept_swap(swap=swap, actor=six[4], now=now)
    settle_swaps(now=now)
    swap.refresh_from_db()
    assert swap.state == SwapState.VOID


def test_when_another_definition_leaves_the_hours_the_swap_follows(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    change_definition(
        rota=nights, layers=[layer(six)], starts_at=now, seen=1, actor=world.alice, now=now
    )
    assert settle_swaps(now=now) == 0
    accept_swap(swap=swap, actor=six[5], now=now, reason="Nobody else is there.")
    assert on_call(nights, swap.starts_at) == ["Gus"]


def test_who_told_of_leave_meanwhile_can_still_be_relieved(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    add_leave(
        person=world.bob, actor=world.bob, now=now, starts_at=swap.starts_at,
        ends_at=swap.ends_at,
    )  # fmt: skip
    assert on_call(nights, swap.starts_at) == []
    assert settle_swaps(now=now) == 0
    accept_swap(swap=swap, actor=six[4], now=now)
    assert on_call(nights, swap.starts_at) == ["Fay"]


def test_an_override_takes_the_hours_away(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    make_override(
        rota=nights, kind=Change.REPLACE, comes=six[5], goes=world.bob, actor=world.alice,
        now=now, starts_at=swap.starts_at, ends_at=swap.ends_at,
    )  # fmt: skip
    with pytest.raises(SwapError, match="The rota has changed"):
        accept_swap(swap=swap, actor=six[4], now=now)


def test_hours_that_came_by_an_override_are_swapped_too(world, nights, six, now):
    shift = first_of(nights, world.bob)
    make_override(
        rota=nights, kind=Change.REPLACE, comes=six[5], goes=world.bob, actor=world.alice,
        now=now, starts_at=shift.starts_at, ends_at=shift.ends_at,
    )  # fmt: skip
    later = now + timedelta(minutes=1)
    swap = ask(nights, six[5], later, hours=span_of(shift))
    accept_swap(swap=swap, actor=six[4], now=later)
    assert on_call(nights, shift.starts_at) == ["Fay"]


def test_hours_of_a_retired_rota_are_not_traded(world, nights, six, now):
    swap = ask(nights, world.bob, now)
    retire_rota(rota=nights, reason="", actor=world.alice, now=now)
    with pytest.raises(SwapError, match="retired"):
        accept_swap(swap=swap, actor=six[4], now=now)
    settle_swaps(now=now)
    swap.refresh_from_db()
    assert swap.state == SwapState.VOID


# --- Gaps -------------------------------------------------------------------------------------


@pytest.fixture
def gap(world, nights, now):
    shift = first_of(nights, world.bob)
    Leave.objects.all().delete()
    add_leave(
        person=world.bob, actor=world.bob, now=now, starts_at=shift.starts_at,
        ends_at=shift.ends_at,
    )  # fmt: skip
    return nights.gaps.get(role=PRIMARY, starts_at=shift.starts_at)


def test_a_gap_is_covered_at_once(world, nights, six, gap, now):
    cover_gap(gap=gap, person=six[4], actor=six[4], now=now)
    assert on_call(nights, gap.starts_at) == ["Fay"]
    assert not nights.gaps.filter(role=PRIMARY).exists()


def test_a_part_of_a_gap_is_covered(world, nights, six, gap, now):
    hours = Span(gap.starts_at, gap.starts_at + timedelta(hours=3))
    cover_gap(gap=gap, person=six[4], actor=six[4], now=now, hours=hours)
    assert on_call(nights, gap.starts_at) == ["Fay"]
    assert nights.gaps.get(role=PRIMARY).starts_at == hours.end


def test_a_gap_that_somebody_covered_is_none_any_more(world, nights, six, gap, now):
    cover_gap(gap=gap, person=six[4], actor=six[4], now=now)
    with pytest.raises(SwapError, match="somebody was faster"):
        cover_gap(gap=gap, person=six[5], actor=six[5], now=now)
    assert Override.objects.count() == 1


def test_who_covers_a_gap_and_is_away_after_all_leaves_it_open(world, nights, six, gap, now):
    cover_gap(gap=gap, person=six[4], actor=six[4], now=now)
    add_leave(person=six[4], actor=six[4], now=now, starts_at=gap.starts_at, ends_at=gap.ends_at)
    assert on_call(nights, gap.starts_at) == []


def test_hours_outside_of_a_gap_are_not_covered(world, six, gap, now):
    hours = Span(gap.starts_at - timedelta(hours=3), gap.ends_at)
    with pytest.raises(SwapError, match="within the gap"):
        cover_gap(gap=gap, person=six[4], actor=six[4], now=now, hours=hours)


def test_who_covers_for_once_is_told_who_can_change_it(world, nights, six, gap, now):
    cover_gap(gap=gap, person=six[4], actor=six[4], now=now)
    with pytest.raises(SwapError, match="covers these hours for once"):
        ask(nights, six[4], now, hours=Span(gap.starts_at, gap.ends_at))


# --- Who is told ------------------------------------------------------------------------------


def test_everybody_of_the_team_is_told_what_is_asked_of_all(world, nights, six, now):
    ask(nights, world.bob, now)
    told = set(
        Notice.objects.filter(kind="oncall.swap.asked").values_list("user__name", flat=True)
    )
    assert told == {"Alice", "Dora", "Emil", "Fay", "Gus"}


def test_each_step_is_told_to_whom_it_concerns(world, strict, six, now):
    swap = ask(strict, world.bob, now, asked=six[4], reason="A wedding.")
    accept_swap(swap=swap, actor=six[4], now=now)
    approve_swap(swap=swap, actor=world.alice, now=now)
    swaps = Notice.objects.filter(kind__startswith="oncall.swap.").order_by("id")
    told = swaps.values_list("user__name", "kind")
    assert list(told) == [
        ("Fay", "oncall.swap.asked"),
        ("Bob", "oncall.swap.answered"),
        ("Alice", "oncall.swap.agreed"),
        ("Bob", "oncall.swap.answered"),
        ("Fay", "oncall.swap.answered"),
    ]


def test_shifts_add_up_to_what_they_were(world, nights, six, now):
    """Whatever is traded, somebody is on call in the same hours as before."""
    before = sum((one.ends_at - one.starts_at for one in Shift.objects.all()), timedelta(0))
    swap = ask(nights, world.bob, now)
    part = Span(swap.starts_at + timedelta(hours=1), swap.ends_at - timedelta(hours=1))
    accept_swap(swap=swap, actor=six[4], now=now, hours=part)
    after = sum((one.ends_at - one.starts_at for one in Shift.objects.all()), timedelta(0))
    assert after == before
