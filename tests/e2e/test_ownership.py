"""From registering to reviving, in a real browser, by the two people that it takes."""

import pytest
from playwright.sync_api import expect

from portal.catalogue.models import Application
from tests.factories import ApplicationFactory, DependencyFactory, SystemFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def neighbours(world):
    """Give Checkout a neighbourhood with a hub, a circle and everything that has a tone."""
    core = ApplicationFactory.create(slug="ledger", name="General ledger (mainframe)", tier=1)
    orphan = ApplicationFactory.create(slug="kiosk", name="Branch kiosk", owner=None)
    old = ApplicationFactory.create(slug="old", name="Old reports", lifecycle="RETIRED")
    for needed, kind in ((world.loans, "HARD"), (orphan, "SOFT"), (old, "SOFT")):
        DependencyFactory.create(from_application=world.checkout, to_application=needed, kind=kind)
    DependencyFactory.create(from_application=world.loans, to_application=core)
    DependencyFactory.create(from_application=core, to_application=world.checkout, kind="SOFT")
    for number in range(47):
        dependent = ApplicationFactory.create(
            name=f"Shop front {number:02}", slug=f"shop-{number}", tier=number % 4 + 1
        )
        DependencyFactory.create(from_application=dependent, to_application=world.checkout)
    return world


def test_the_life_of_an_application(page, sign_in, world):
    SystemFactory.create(slug="tills", name="Tills", owner=world.acquiring)
    sign_in(world.bob)

    page.goto("/apps/new/")
    page.get_by_label("Name").fill("Refunds")
    page.get_by_role("button", name="Register").click()
    page.wait_for_url("**/apps/refunds/")

    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Tags").fill("java event-driven")
    page.get_by_label("System").fill("tills")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/apps/refunds/")
    expect(page.get_by_role("link", name="event-driven")).to_be_visible()

    page.get_by_role("link", name="Dependencies").click()
    page.get_by_role("combobox", name="Depends on").fill("loans")
    page.get_by_label("Note").fill("Asks for limits.")
    page.get_by_role("button", name="Add").click()
    picture = page.locator(".neighbourhood-wide")
    expect(picture.get_by_role("link", name="Loans: Tier 2 · Production")).to_be_visible()
    expect(page.get_by_text("Asks for limits.")).to_be_visible()

    page.get_by_role("link", name="Ownership").click()
    page.get_by_role("button", name="Still ours").click()
    expect(page.get_by_text("Refunds is still owned by Acquiring.")).to_be_visible()
    page.get_by_role("link", name="Offer to another team").click()
    page.get_by_label("New owner team").fill("lending")
    page.get_by_label("Reason").fill("It is about loans.")
    page.get_by_role("button", name="Ask the other side").click()
    page.wait_for_url("**/transfers/*/")
    expect(page.get_by_text("Waits for the other side")).to_be_visible()
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)

    sign_in(world.charlie)
    page.goto("/")
    page.get_by_role("link", name="Answer: Acquiring offers you Refunds").click()
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url("**/apps/refunds/")
    expect(page.get_by_text("Lending owns Refunds now.")).to_be_visible()

    page.get_by_role("link", name="Ownership").click()
    page.get_by_role("link", name="Retire").click()
    page.get_by_label("Reason").fill("Nobody asks for refunds.")
    page.get_by_role("button", name="Retire").click()
    page.wait_for_url("**/apps/refunds/")
    page.goto("/apps/?q=refunds")
    expect(page.get_by_text("No application fits")).to_be_visible()
    page.goto("/apps/refunds/")
    page.get_by_role("link", name="Revive it").click()
    page.get_by_label("Reason").fill("They do.")
    page.get_by_role("button", name="Revive").click()
    page.wait_for_url("**/apps/refunds/")
    refunds = Application.objects.get(slug="refunds")
    assert (refunds.owner, refunds.lifecycle) == (world.lending, "PRODUCTION")


def test_what_nobody_owns_is_claimed_with_one_click(page, sign_in, axe, look, world):
    for name in ("Branch kiosk", "Cash counter", "Night safe"):
        ApplicationFactory.create(name=name, owner=None, tags=["java", "batch"])
    sign_in(world.bob)
    page.goto("/apps/")
    page.get_by_role("link", name="Without owner (3)").click()
    axe(page)
    look(page, "unowned")
    page.get_by_role("button", name="Claim Cash counter for Acquiring").click()
    page.wait_for_url("**/apps/app-*/")
    expect(page.get_by_text("Acquiring owns Cash counter now.")).to_be_visible()
    assert Application.objects.get(name="Cash counter").owner == world.acquiring


def test_the_neighbourhood_is_readable_everywhere(page, sign_in, axe, look, neighbours):
    sign_in(neighbours.bob)
    page.goto("/apps/checkout/dependencies/")
    picture = page.locator(".neighbourhood-wide")
    expect(picture).to_be_visible()
    expect(picture.get_by_text("and 38 more")).to_be_visible()
    expect(page.locator(".neighbourhood-narrow")).to_be_hidden()
    axe(page)
    look(page, "dependencies")
    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.locator(".neighbourhood-narrow")).to_be_visible()
    page.get_by_text("Show the picture as a table").click()
    expect(page.get_by_role("cell", name="Hard").first).to_be_visible()
    axe(page)


def test_the_pages_of_ownership_look_right(page, sign_in, axe, look, world):
    Application.objects.filter(pk=world.checkout.pk).update(
        attested_at="2025-01-01T00:00Z", tags=["java", "rest"]
    )
    sign_in(world.bob)
    for name, path in {
        "owner": "/apps/checkout/ownership/",
        "application-due": "/apps/checkout/",
        "transfer-new": "/apps/checkout/transfer/",
        "retire": "/apps/checkout/retire/",
        "edit": "/apps/checkout/edit/",
        "home-asked": "/",
    }.items():
        page.goto(path)
        axe(page)
        look(page, name)
    page.get_by_role("button", name="Still ours").click()
    expect(page.get_by_text("Checkout is still owned by Acquiring.")).to_be_visible()
    world.checkout.refresh_from_db()
    assert world.checkout.attested_by == world.bob
