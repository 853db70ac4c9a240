"""Rotas by keyboard: made from a template with the live preview, changed, and how they look."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from oncall.models import HolidayCalendar, Hours, Rota
from oncall.services.rotas import retire_rota
from tests.oncall.scene import people, rota

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at():
    """Return when the tests run; the server in the other thread reads the same clock."""
    return timezone.now().replace(second=0, microsecond=0)  # noqa: TID251


@pytest.fixture
def inspect(axe, look):
    """Return a function that looks for violations and takes the screenshots of a page."""

    def inspect(page, name, **options):
        page.wait_for_load_state("networkidle")
        axe(page)
        look(page, name, **options)

    return inspect


def press(page, role, name):
    """Press something by keyboard alone."""
    found = page.get_by_role(role, name=name, exact=True)
    found.focus()
    page.keyboard.press("Enter")


def test_a_rota_is_made_by_keyboard_with_a_live_preview(page, sign_in, world):
    people(world)
    sign_in(world.alice)
    page.goto("/oncall/rotas/")
    press(page, "link", "New rota")
    weekly = page.locator("#do-template-weekly")
    weekly.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="3. People and turns")).to_be_visible()
    expect(weekly).to_be_focused()
    expect(page.get_by_text("Nobody takes turns yet").first).to_be_visible()
    expect(page.get_by_text("Name at least one person")).to_have_count(0)
    page.locator("#all-0").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The next six weeks")).to_be_visible()
    page.get_by_label("Answers within").fill("0")
    page.keyboard.press("Tab")
    expect(page.get_by_role("heading", name="Before there is a preview")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Nights of ours")
    page.get_by_label("Add somebody").first.fill("nemo")
    press(page, "button", "Make the rota")
    expect(page.get_by_text("Nobody is called “nemo”").first).to_be_visible()
    expect(page.get_by_label("Answers within")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Answers within")).to_have_value("0")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Nights of ours")
    assert not Rota.objects.exists()

    page.get_by_label("Answers within").fill("10")
    page.get_by_label("Add somebody").first.fill("")
    press(page, "button", "Make the rota")
    expect(page.get_by_role("heading", name="Nights of ours")).to_be_visible()
    assert Rota.objects.get().response_minutes == 10


def test_a_rota_is_changed_from_the_next_hand_off(page, sign_in, world, at, inspect):
    some = people(world)
    found = rota(world, some, now=at)
    sign_in(world.alice)
    page.goto(found.get_absolute_url())
    press(page, "link", "Change turns")
    expect(page.get_by_text("everybody has the same shifts")).to_be_visible()
    expect(page.get_by_label("The next hand-off")).to_be_checked()
    page.locator(f"#up-0-{some[1].pk}").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Person by person")).to_be_visible()
    page.get_by_role("textbox", name="Why").fill("Alice is at sea.")
    page.get_by_text("Shift by shift").click()
    expect(page.get_by_text("Changes hands").first).to_be_visible()
    inspect(page, "rota-edit")
    press(page, "button", "Save")
    expect(page.get_by_role("cell", name="Alice is at sea.")).to_be_visible()
    version = found.versions.get(number=2)
    assert version.starts_at > at
    assert version.starts_at.weekday() == 0
    assert version.layers.earliest("position").participants.earliest("turn").person == some[1]


def test_the_pages_of_rotas_look_right(page, sign_in, inspect, world, at):
    sign_in(world.alice)
    page.goto("/oncall/rotas/")
    inspect(page, "rotas-empty")
    calendar = HolidayCalendar.objects.create(slug="gb", name="England")
    found = rota(world, now=at, starts_at=at, calendar=calendar)
    rota(world, name="Acquiring around the clock", now=at, starts_at=at, hours=Hours.ALWAYS)
    old = rota(world, name="Old nights", now=at, starts_at=at)
    retire_rota(rota=old, reason="Merged.", actor=world.alice, now=at)
    for name, path in {
        "rotas": "/oncall/rotas/",
        "rotas-none": "/oncall/rotas/?q=cards",
        "rota": found.get_absolute_url(),
        "rota-retired": old.get_absolute_url(),
        "rota-settings": f"{found.get_absolute_url()}settings/",
        "rota-retire": f"{found.get_absolute_url()}retire/",
    }.items():
        page.goto(path)
        inspect(page, name, keep=name == "rota")


def test_the_page_that_makes_a_rota_looks_right(page, sign_in, inspect, world):
    """Each look is the last step on its page: what a look leaves behind, htmx would copy."""
    people(world)
    sign_in(world.alice)
    page.goto("/oncall/rotas/new/")
    inspect(page, "rota-new-blank")
    page.goto("/oncall/rotas/new/")
    page.locator("#do-template-weekly").click()
    page.locator("#all-0").click()
    expect(page.get_by_role("heading", name="The next six weeks")).to_be_visible()
    inspect(page, "rota-new", keep=True)
