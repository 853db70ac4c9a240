"""The pages of trades and rules: what each person finds, and what they can do there."""

from datetime import timedelta

import pytest
from django.urls import reverse

from oncall.models import (
    CallOut,
    DutyRole,
    OptOut,
    Override,
    RulePolicy,
    Swap,
    SwapPolicy,
    SwapState,
)
from oncall.services.swaps import accept_swap, ask_swap
from tests.architecture.calls.oncall_trades import asked, gap, hours, named, trading
from tests.oncall.scene import on_call, people

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


def as_(client, user):
    client.force_login(user)
    return client


def text(response):
    return " ".join(response.content.decode().split())


def first_shift(rota, person):
    return rota.shifts.filter(person=person, role="primary").order_by("starts_at").first()


# --- Lists ------------------------------------------------------------------------------------


def test_without_any_trade_the_page_says_how_one_comes_about(world, client):
    assert "No trade yet" in text(as_(client, world.bob).get(reverse("swaps")))


def test_everybody_finds_what_is_theirs(world, client):
    swap = named(world)
    fay = people(world, 6)[4]
    mine = text(as_(client, world.bob).get(reverse("swaps")))
    assert "Mine, under way" in mine
    assert "Waits for me" not in mine
    theirs = text(as_(client, fay).get(reverse("swaps")))
    assert "Waits for me" in theirs
    assert "Bob asks Fay" in theirs
    assert "Bob asks Fay" not in text(as_(client, world.charlie).get(reverse("swaps")))
    assert as_(client, world.charlie).get(swap.get_absolute_url()).status_code == 404


def test_what_everybody_is_asked_is_open_to_take(world, client):
    asked(world)
    assert "Open to take" in text(as_(client, people(world)[2]).get(reverse("swaps")))


def test_the_lists_cost_the_same_however_long(world, client, django_assert_max_num_queries):
    rota = trading(world)
    shifts = list(rota.shifts.filter(person=world.bob, role="primary").order_by("starts_at")[:5])
    for shift in shifts:
        ask_swap(
            rota=rota, role=DutyRole.PRIMARY, giver=world.bob, actor=world.bob,
            hours=type(hours(rota, world.bob))(shift.starts_at, shift.ends_at),
            now=shift.starts_at - timedelta(days=4),
        )  # fmt: skip
    as_(client, people(world)[2])
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(reverse("swaps")).status_code == 200


# --- Asking -----------------------------------------------------------------------------------


def test_the_form_suggests_who_is_rested_and_says_what_speaks_against_others(
    world, client, django_assert_max_num_queries
):
    rota = trading(world)
    shift = first_shift(rota, world.bob)
    as_(client, world.bob)
    with django_assert_max_num_queries(20):
        page = text(client.get(reverse("swap-new", args=[shift.pk])))
    assert "would carry" in page
    assert "nobody would stand behind" in page


def test_asking_everybody_for_all_of_it(world, client):
    shift = first_shift(trading(world), world.bob)
    url = reverse("swap-new", args=[shift.pk])
    client = as_(client, world.bob)
    response = client.post(url, {"which": "whole", "asked": ""})
    swap = Swap.objects.get()
    assert response["Location"] == swap.get_absolute_url()
    assert (swap.starts_at, swap.ends_at, swap.asked) == (shift.starts_at, shift.ends_at, None)


def test_a_part_needs_both_times(world, client):
    shift = first_shift(trading(world), world.bob)
    url = reverse("swap-new", args=[shift.pk])
    page = as_(client, world.bob).post(url, {"which": "part", "starts_at": "2026-03-09T20:00"})
    assert "Say from when until when" in text(page)
    page = client.post(
        url, {"which": "part", "starts_at": "2026-03-09T22:00", "ends_at": "2026-03-09T20:00"}
    )
    assert "It ends before it begins" in text(page)
    assert not Swap.objects.exists()


def test_asking_somebody_whom_a_rule_forbids_says_why_and_keeps_what_was_typed(world, client):
    rota = trading(world)
    shift = first_shift(rota, world.bob)
    secondary = rota.shifts.get(role="secondary", starts_at=shift.starts_at).person
    url = reverse("swap-new", args=[shift.pk])
    page = as_(client, world.bob).post(
        url, {"which": "whole", "asked": secondary.pk, "reason": "A wedding."}
    )
    assert "nobody would stand behind" in text(page)
    assert "A wedding." in text(page)
    assert not Swap.objects.exists()


def test_hours_in_return_name_who_is_asked(world, client):
    rota = trading(world)
    fay = people(world, 6)[4]
    back = first_shift(rota, fay)
    url = reverse("swap-new", args=[first_shift(rota, world.bob).pk])
    as_(client, world.bob).post(url, {"which": "whole", "back": back.pk, "reason": "So."})
    swap = Swap.objects.get()
    assert (swap.asked, swap.back_starts_at) == (fay, back.starts_at)


def test_a_colleague_offers_and_a_lead_may_ask_for_them(world, client):
    rota = trading(world)
    url = reverse("swap-new", args=[first_shift(rota, world.bob).pk])
    fay = people(world, 6)[4]
    assert "Offer to take over from Bob" in text(as_(client, fay).get(url))
    client.post(url, {"which": "whole", "reason": ""})
    assert Swap.objects.get().is_offer
    assert "Ask for Bob" in text(as_(client, world.alice).get(f"{url}?for=them"))
    assert "Ask for Bob" not in text(as_(client, fay).get(f"{url}?for=them"))


def test_an_outsider_neither_asks_nor_offers(world, client):
    url = reverse("swap-new", args=[first_shift(trading(world), world.bob).pk])
    assert as_(client, world.charlie).get(url).status_code == 403


# --- One swap ---------------------------------------------------------------------------------


def test_a_part_is_taken_on_the_page(world, client, django_assert_max_num_queries):
    swap = asked(world)
    fay = people(world, 6)[4]
    as_(client, fay)
    with django_assert_max_num_queries(25):
        assert "Take it" in text(client.get(swap.get_absolute_url()))
    start = swap.starts_at.astimezone(swap.starts_at.tzinfo)
    client.post(
        reverse("swap-accept", args=[swap.pk]),
        {
            "which": "part",
            "starts_at": f"{start:%Y-%m-%dT%H:%M}",
            "ends_at": f"{start + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        },
    )
    taken = Swap.objects.get(state=SwapState.DONE)
    assert taken.ends_at - taken.starts_at == timedelta(hours=2)
    assert on_call(swap.rota, start) == ["Fay"]
    page = text(client.get(swap.get_absolute_url()))
    assert "Parts of it" in page


def test_what_cannot_be_accepted_says_why_beside_the_form(world, client):
    swap = asked(world)
    secondary = swap.rota.shifts.get(role="secondary", starts_at=swap.starts_at).person
    page = as_(client, secondary).post(reverse("swap-accept", args=[swap.pk]), {"which": "whole"})
    assert page.status_code == 422
    assert "nobody would stand behind" in text(page)


def test_declining_and_withdrawing(world, client):
    fay = people(world, 6)[4]
    swap = named(world)
    as_(client, fay).post(reverse("swap-decline", args=[swap.pk]), {"answer": "I am away."})
    swap.refresh_from_db()
    assert (swap.state, swap.answer) == (SwapState.DECLINED, "I am away.")
    page = as_(client, world.bob).post(reverse("swap-withdraw", args=[swap.pk]), follow=True)
    assert "Fay has declined it" in text(page)


def test_the_lead_decides_on_the_page(world, client):
    rota = trading(world, swap_policy=SwapPolicy.ASK)
    swap = accept_swap(
        swap=asked(world, rota=rota), actor=people(world, 6)[4], now=first_shift(
            rota, world.bob).starts_at - timedelta(days=2),
    )  # fmt: skip
    assert "Waits for me" in text(as_(client, world.alice).get(reverse("swaps")))
    assert "Your word as lead" in text(client.get(swap.get_absolute_url()))
    assert "Your word as lead" not in text(as_(client, world.bob).get(swap.get_absolute_url()))
    as_(client, world.alice).post(reverse("swap-approve", args=[swap.pk]), {"answer": ""})
    swap.refresh_from_db()
    assert swap.state == SwapState.DONE


def test_who_only_reads_finds_no_buttons(world, client):
    page = text(as_(client, world.eve).get(named(world).get_absolute_url()))
    assert "Withdraw" not in page
    assert "Take it" not in page


# --- Gaps -------------------------------------------------------------------------------------


def test_a_gap_is_covered_on_the_page(world, client):
    found = gap(world)
    gus = people(world, 6)[5]
    url = reverse("gap-cover", args=[found.pk])
    assert "Cover a gap" in text(as_(client, gus).get(url))
    client.post(url, {"which": "whole"})
    assert Override.objects.get().comes == gus
    assert client.get(url).status_code == 404


# --- Rules ------------------------------------------------------------------------------------


def test_each_rule_is_shown_with_its_why_and_what_it_catches(
    world, client, django_assert_max_num_queries
):
    trading(world)
    as_(client, world.bob)
    with django_assert_max_num_queries(MOST_QUERIES):
        page = text(client.get(reverse("oncall-rules")))
    assert "Above it nobody is rested" in page
    assert "Directive 2003/88/EC" in page
    assert "without a day off" in page


def test_a_call_out_at_night_says_when_the_next_start_is(world, client, now):
    rota = trading(world)
    night = now.replace(hour=2)
    CallOut.objects.create(
        rota=rota, person=world.alice, starts_at=night, ends_at=night + timedelta(hours=2),
        told_by=world.alice, told_at=now,
    )  # fmt: skip
    page = text(as_(client, world.bob).get(reverse("oncall-rules")))
    assert "Alice was called out until 4 Mar, 04:00" in page
    assert "the next start is 4 Mar, 15:00" in page


def test_who_trades_finds_how_to_cover_a_gap(world, client):
    found = gap(world)
    link = reverse("gap-cover", args=[found.pk])
    assert link in text(as_(client, world.bob).get(reverse("gaps")))
    assert link not in text(as_(client, world.charlie).get(reverse("gaps")))


def test_the_load_of_another_team_is_not_shown(world, client):
    trading(world)
    page = text(as_(client, world.charlie).get(reverse("oncall-rules"), {"team": "acquiring"}))
    assert "Catches now" not in page


def test_operations_set_a_rule_with_a_reason(world, client):
    url = reverse("oncall-rule-edit", args=["share-most"])
    client = as_(client, world.olive)
    assert "Say why" in text(
        client.post(url, {"threshold": 45, "severity": "warn", "reason": " "})
    ) or (
        "This field is required" in text(client.post(url, {"threshold": 45, "severity": "warn"}))
    )
    assert "less than or equal to 100" in text(
        client.post(url, {"threshold": 101, "severity": "warn", "reason": "So."})
    )
    client.post(url, {"threshold": 45, "severity": "warn", "reason": "The works council."})
    policy = RulePolicy.objects.get()
    assert (policy.threshold, policy.severity, policy.changed_by) == (45, "warn", world.olive)
    page = text(client.get(reverse("oncall-rules")))
    assert "(shipped: 50)" in page
    again = client.post(url, {"threshold": 45, "severity": "warn", "reason": "The works council."})
    assert "That is how it is already" in text(again)


def test_there_is_no_rule_of_another_name(world, client):
    url = reverse("oncall-rule-edit", args=["no-such-rule"])
    assert as_(client, world.olive).get(url).status_code == 404


def test_the_opt_out_is_signed_and_taken_back(world, client):
    url = reverse("oncall-opt-out")
    as_(client, world.bob).post(url, {"sign": "yes"})
    assert OptOut.objects.get().person == world.bob
    assert "You have signed already" in text(client.post(url, {"sign": "yes"}, follow=True))
    client.post(url)
    assert not OptOut.objects.exists()
    assert "You have signed none" in text(client.post(url, follow=True))
