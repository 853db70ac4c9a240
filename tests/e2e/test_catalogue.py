"""The catalogue in a real browser: by mouse, by keyboard, with and without JavaScript."""

import pytest
from playwright.sync_api import expect

from portal.catalogue.models import Application
from tests.factories import ApplicationFactory, MembershipFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def catalogue(world):
    for number in range(55):
        ApplicationFactory.create(
            slug=f"service-{number:02}",
            name=f"Service {number:02}",
            owner=world.acquiring if number % 9 else None,
            tier=number % 4 + 1,
            data_classes=["pci", "personal"][: number % 3],
        )
    return world


def test_an_application_is_registered_by_keyboard_alone(page, sign_in, world):
    sign_in(world.bob)
    page.goto("/apps/new/")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Checkout")
    note = page.locator("#slug-note")
    expect(note).to_contain_text("checkout is taken by Checkout of Acquiring.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Address")).to_have_value("checkout-2")
    expect(note).to_contain_text("/apps/checkout-2/ is free.")
    expect(page.get_by_label("Owner team")).to_have_value("acquiring")
    page.get_by_label("Owner team").press("Enter")
    page.wait_for_url("**/apps/checkout-2/")
    assert Application.objects.get(slug="checkout-2").owner == world.acquiring


def test_the_list_narrows_while_one_types_and_its_address_can_be_shared(page, sign_in, catalogue):
    sign_in(catalogue.bob)
    page.goto("/apps/")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(50)
    page.locator("#id_q").fill("service 07")
    expect(rows).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="1 application")).to_be_attached()
    assert "q=service+07" in page.url or "q=service%2007" in page.url
    page.reload()
    expect(rows).to_have_count(1)
    page.go_back()
    expect(rows).to_have_count(50)


def test_teams_are_suggested_by_their_name(page, sign_in, world):
    sign_in(world.bob)
    page.goto("/apps/")
    page.get_by_label("Team", exact=True).press_sequentially("acq")
    option = page.locator("#team-options-list option[value=acquiring]")
    expect(option).to_have_text("Acquiring · Payments / Cards")


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_javascript_everything_works(page, sign_in, catalogue):
    sign_in(catalogue.bob)
    page.goto("/apps/")
    page.get_by_label("Tier").select_option("Tier 1")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr").first).to_contain_text("Tier 1")
    page.get_by_role("link", name="Owner", exact=True).click()
    assert "sort=owner" in page.url
    assert "tier=1" in page.url
    page.goto("/apps/new/")
    page.get_by_label("Name").fill("Checkout")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_label("Address")).to_have_value("checkout-2")
    page.get_by_role("button", name="Register").click()
    assert page.url.endswith("/apps/checkout-2/")


def test_a_team_is_made_staffed_and_folded_by_keyboard(page, sign_in, world):
    sign_in(world.olive)
    page.goto("/teams/new/?under=cards")
    page.get_by_label("Name").fill("Card Issuing")
    page.get_by_label("Country").fill("in")
    page.get_by_label("Time zone").fill("asia/kolkata")
    page.get_by_label("Country").press("Enter")
    page.wait_for_url("**/teams/card-issuing/members/")
    page.get_by_label("Person").press_sequentially("char")
    expect(page.locator("#person-options-list option")).to_have_text(["Charlie"])
    page.get_by_label("Person").fill("charlie@example.com")
    page.get_by_label("Role").select_option("Lead")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Charlie is in Card Issuing.")).to_be_visible()
    page.goto("/teams/")
    issuing = page.get_by_role("link", name="Card Issuing")
    expect(issuing).to_be_visible()
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(issuing).to_be_hidden()


PAGES = {
    "applications": "/apps/",
    "applications-filtered": "/apps/?tier=1&holds=pci&team=nobody",
    "application-new": "/apps/new/",
    "application-edit": "/apps/checkout/edit/",
    "environment-new": "/apps/checkout/environments/new/",
    "repository-new": "/apps/checkout/repositories/new/",
    "teams": "/teams/",
    "teams-search": "/teams/?q=a",
    "team-new": "/teams/new/",
    "team-edit": "/teams/acquiring/edit/",
    "members": "/teams/acquiring/members/",
}


@pytest.fixture
def alice(page, sign_in, catalogue):
    for number in range(3):
        squad = TeamFactory.create(name=f"Squad {number}", parent=catalogue.cards)
        MembershipFactory.create(team=squad, user=UserFactory.create(), role="LEAD")
    sign_in(catalogue.alice)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits_every_width(alice, axe, look, name):
    alice.goto(PAGES[name])
    axe(alice)
    look(alice, f"catalogue-{name}")
