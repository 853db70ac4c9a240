"""Home, search and the palette in a browser."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from kpis.metrics.periods import period_at
from kpis.models import Deployment, Incident
from kpis.selectors.scopes import scope_of_application, scope_of_company
from tests.factories import ApplicationFactory, UserFactory
from tests.kpis.rollups import write_rollup


@pytest.fixture
def busy(world):
    """A world in which things happened lately, by the clock of the server."""
    now = timezone.now()  # noqa: TID251  # the server in the other thread reads it too
    last = period_at("month", now, "Europe/London").shift(-1)
    till = ApplicationFactory.create(
        slug="point-of-sale-terminal-gateway",
        name="Point of sale terminal gateway",
        owner=world.acquiring,
    )
    for application, failures in ((world.checkout, 8), (till, 21)):
        write_rollup(scope_of_application(application), last, failures=failures)
    write_rollup(scope_of_company(), last)
    for hours, status in ((2, "SUCCEEDED"), (20, "FAILED"), (70, "SUCCEEDED")):
        Deployment.objects.create(
            application=world.checkout,
            environment=world.production,
            source="git",
            external_id=f"v2.{hours}.0",
            version=f"v2.{hours}.0",
            status=status,
            finished_at=now - timedelta(hours=hours),
        )
    Incident.objects.create(
        application=world.checkout,
        source="manual",
        external_id="1",
        title="Cards with a long name on them are declined at the till",
        severity=1,
        opened_at=now - timedelta(hours=1),
    )
    return world


def test_home_is_accessible_for_every_role(busy, page, sign_in, axe, look):
    for person in ("bob", "olive", "eve", "audrey"):
        sign_in(getattr(busy, person))
        page.goto("/")
        axe(page)
        look(page, f"home-{person}")


def test_home_of_a_newcomer_offers_the_next_step(busy, page, sign_in, axe, look):
    sign_in(UserFactory.create(name="Nova"))
    page.goto("/")
    expect(page.get_by_role("link", name="Find my team")).to_be_visible()
    axe(page)
    look(page, "home-newcomer")


def test_search_is_accessible(busy, page, sign_in, axe, look):
    sign_in(busy.bob)
    page.goto("/search/?q=c")
    axe(page)
    look(page, "search")
    page.goto("/search/?q=zzzz")
    axe(page)
    look(page, "search-nothing")


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_the_palette_by_keyboard(busy, page, sign_in, keys):
    sign_in(busy.bob)
    page.goto("/profile/")
    page.keyboard.press(keys)
    palette = page.get_by_role("dialog", name="Search")
    field = palette.get_by_role("combobox")
    expect(field).to_be_focused()
    expect(palette.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.type("loans")
    chosen = palette.get_by_role("option", name="Loans")
    expect(chosen).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", chosen.get_attribute("id"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/apps/loans/$"))


def test_arrows_move_and_escape_closes_the_palette(busy, page, sign_in, axe, look):
    sign_in(busy.bob)
    page.goto("/profile/")
    page.keyboard.press("Control+k")
    options = page.get_by_role("dialog").get_by_role("option")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(options.nth(0)).to_have_attribute("aria-selected", "false")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.type("c")
    expect(options.first).to_contain_text("Checkout")
    axe(page)
    look(page, "palette", keep=True)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/profile/$"))


def test_whoever_types_fast_opens_what_they_typed(busy, page, sign_in):
    sign_in(busy.bob)
    page.goto("/profile/")
    page.keyboard.press("Control+k")
    page.keyboard.type("checkout")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/apps/checkout/$"))


def test_a_slash_in_a_field_is_a_slash(busy, page, sign_in):
    sign_in(busy.bob)
    page.goto("/profile/")
    page.get_by_label("Time zone").fill("")
    page.get_by_label("Time zone").press_sequentially("Asia/Tokyo")
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_palette_opens_by_pointer_too(busy, page, sign_in):
    sign_in(busy.bob)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/profile/")
    page.get_by_role("link", name="Search").click()
    page.get_by_role("dialog").get_by_role("option", name="Home").click()
    expect(page).to_have_url(re.compile(r"/$"))


def test_a_palette_whose_session_has_ended_says_so(busy, page, sign_in, context):
    sign_in(busy.bob)
    page.goto("/profile/")
    context.clear_cookies()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").get_by_text("Reload the page.").first).to_be_visible()
