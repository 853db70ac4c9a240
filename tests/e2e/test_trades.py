"""Bob asks for relief, Alice takes a part of it, and who is on call shows it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from oncall.models import Swap
from tests.oncall.scene import on_call, people, rota

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def nights(world):
    now = timezone.now()  # noqa: TID251  # the server in the other thread reads it too
    return rota(world, people(world, 6), now=now)


@pytest.fixture
def inspect(axe, look):
    """Return a function that looks for violations and takes the screenshots of a page."""

    def inspect(page, name, **options):
        axe(page)
        look(page, name, **options)

    return inspect


def test_bob_asks_and_alice_takes_a_part(world, page, sign_in, nights, inspect):
    shifts = nights.shifts.filter(person=world.bob, role="primary").order_by("starts_at")
    shift = shifts.filter(starts_at__gt=timezone.now()).first()  # noqa: TID251
    sign_in(world.bob)
    page.goto(f"/oncall/shifts/{shift.pk}/swap/")
    inspect(page, "swap-new")
    page.get_by_role("radio", name="Everybody of the team").check()
    page.get_by_label("Why").fill("A wedding.")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Waits for an answer")).to_be_visible()
    inspect(page, "swap-asked")

    sign_in(world.alice)
    page.goto("/oncall/swaps/")
    expect(page.get_by_role("heading", name="Open to take")).to_be_visible()
    inspect(page, "swaps", keep=True)
    page.get_by_role("link", name="Bob asks everybody").first.click()
    page.get_by_role("radio", name="A part, from and until").check()
    begins, ends = shift.starts_at + timedelta(hours=1), shift.starts_at + timedelta(hours=3)
    page.get_by_role("textbox", name="From").fill(f"{begins:%Y-%m-%dT%H:%M}")
    page.get_by_role("textbox", name="Until").fill(f"{ends:%Y-%m-%dT%H:%M}")
    page.get_by_label("Why").fill("I am awake anyway.")
    inspect(page, "swap-take")
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("heading", name="Alice for Bob")).to_be_visible()
    inspect(page, "swap-done")
    assert on_call(nights, begins) == ["Alice"]
    assert on_call(nights, ends) == ["Bob"]
    page.goto(f"/oncall/calendar/?view=rota&rota={nights.slug}&day={begins:%Y-%m-%d}")
    expect(page.get_by_text("Alice").first).to_be_visible()


def test_rules_and_an_offer(world, page, sign_in, nights, inspect):
    sign_in(people(world, 6)[4])
    page.goto("/oncall/rules/")
    inspect(page, "oncall-rules")
    shift = (
        nights.shifts.filter(person=world.bob, role="primary", starts_at__gt=timezone.now())  # noqa: TID251
        .order_by("starts_at")
        .first()
    )
    page.goto(f"/oncall/shifts/{shift.pk}/swap/")
    inspect(page, "swap-offer")
    page.get_by_label("Why").fill("You had the last two weekends.")
    page.get_by_role("button", name="Offer").click()
    expect(page.get_by_role("heading", name="Fay offers to take over from Bob")).to_be_visible()
    sign_in(world.bob)
    page.goto("/oncall/mine/")
    page.get_by_role("link", name="Fay offers to take over from Bob").click()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", name="Fay for Bob")).to_be_visible()
    assert on_call(nights, shift.starts_at) == ["Fay"]
    assert Swap.objects.count() == 1


def test_rule_edit(world, page, sign_in, nights, inspect):
    sign_in(world.olive)
    page.goto("/oncall/rules/share-most/edit/")
    inspect(page, "oncall-rule-edit")
    page.get_by_label("Limit in %").fill("45")
    page.get_by_label("Why").fill("The works council asked for it.")
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_text("(shipped: 50)")).to_be_visible()
