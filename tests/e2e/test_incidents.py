"""From a number to its rows, and an incident from opened to corrected, in a browser."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from kpis import services
from kpis.models import FailureLink, Incident
from portal.audit.models import Entry
from tests.kpis.raw_facts import add_change, add_deployment, add_incident

HOUR = timedelta(hours=1)


@pytest.fixture
def shipped(world):
    """A month of deployments until two hours ago, with changes and one failure."""
    now = timezone.now()  # noqa: TID251  # the server in the other thread reads it too
    found = []
    for number in range(60):
        at = now - (2 + 12 * number) * HOUR
        one = add_deployment(world.production, at, version=f"2026.{60 - number}", deployer="bob")
        add_change(one, lead_seconds=3600 * (number + 1), merge_seconds=300 * (number + 1))
        found.append(one)
    broken = found[5]
    incident = add_incident(
        world.checkout,
        broken.finished_at + HOUR,
        title="Payments by card time out for customers of three banks",
        resolved_at=broken.finished_at + 2 * HOUR,
        severity=1,
    )
    FailureLink.objects.create(
        deployment=broken,
        incident=incident,
        rule="WINDOW",
        confidence=60,
        decided_by="rule:window",
        decided_at=incident.opened_at,
    )
    broken.failed, broken.recovered_at = True, incident.resolved_at
    broken.save()
    services.rebuild(actor="command:test", now=now)
    services.recompute(now=now)
    return found


@pytest.fixture
def inspect(axe, look):
    """Return a function that looks for violations and takes the screenshots of a page."""

    def inspect(page, name, **options):
        axe(page)
        look(page, name, **options)

    return inspect


@pytest.fixture
def bob(world, page, sign_in):
    """The browser of Bob, who works on Checkout."""
    sign_in(world.bob)
    return page


def test_an_incident_by_keyboard_from_opened_to_corrected(bob, shipped):
    page = bob
    page.goto("/apps/checkout/incidents/new/")
    page.get_by_label("Title").focus()
    page.keyboard.type("Cards declined")
    page.keyboard.press("Tab")
    page.keyboard.type("Major")
    page.get_by_role("button", name="Open incident").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/incidents/\d+/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Cards declined")
    expect(page.get_by_text("Blamed on 2026.60. It is the latest deployment")).to_be_visible()
    page.get_by_text("Correct this").focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name=re.compile(r"^2026\.59,")).focus()
    page.keyboard.press("Space")
    page.get_by_label("Reason").focus()
    page.keyboard.type("The log names it.")
    page.get_by_role("button", name="Correct the cause").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Cause corrected. Blamed on 2026.59.")).to_be_visible()
    page.get_by_role("button", name="Resolve").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Incident resolved.")).to_be_visible()
    page.get_by_role("button", name="Reopen").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Incident reopened.")).to_be_visible()
    incident = Incident.objects.get(title="Cards declined")
    assert incident.resolved_at is None
    link = FailureLink.objects.get(incident=incident, is_current=True)
    assert (link.rule, link.deployment.version) == ("PERSON", "2026.59")


def test_a_mistake_is_told_beside_its_field_and_nothing_is_lost(bob, shipped, inspect):
    page = bob
    page.goto("/apps/checkout/incidents/new/")
    inspect(page, "incident-new")
    page.get_by_label("Title").fill("Cards declined")
    page.get_by_label("Began").fill("2099-01-01T00:00:00")
    page.get_by_role("button", name="Open incident").click()
    expect(page.get_by_text("This is in the future.")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Cards declined")
    expect(page.get_by_label("Began")).to_have_attribute("aria-invalid", "true")
    inspect(page, "incident-new-refused")


@pytest.mark.parametrize("facts", ["deployments", "changes", "incidents"])
def test_rows_filter_as_one_types_and_lead_on(bob, shipped, inspect, facts):
    page = bob
    since = shipped[5].finished_at.strftime("%Y-%m")
    page.goto(f"/kpis/team/payments/{facts}/?grain=month&period={since}")
    inspect(page, f"rows-{facts}", keep=facts == "deployments")
    page.get_by_role("textbox", name="Search").fill("nothing at all")
    expect(page.get_by_text("Nothing fits")).to_be_visible()
    expect(page).to_have_url(re.compile("q=nothing"))
    expect(page.get_by_role("textbox", name="Search")).to_be_focused()
    page.get_by_role("link", name="Show all").click()
    expect(page.locator("tbody tr").first).to_be_visible()


def test_pages_of_an_incident_and_a_deployment(bob, shipped, inspect):
    page = bob
    incident = Incident.objects.get()
    for path, name in (
        (f"/incidents/{incident.pk}/", "incident"),
        (f"/incidents/{incident.pk}/edit/", "incident-edit"),
        (f"/deployments/{shipped[5].pk}/", "deployment"),
    ):
        page.goto(path)
        if name == "incident":
            page.get_by_text("Correct this").click()
        inspect(page, name, keep=name == "incident")


def test_somebody_else_is_told_who_may(world, page, sign_in, shipped, inspect):
    sign_in(world.charlie)
    page.goto(f"/incidents/{Incident.objects.get().pk}/")
    expect(page.get_by_text("Ask Alice (alice@example.com)")).to_be_visible()
    inspect(page, "incident-of-others")
    page.goto("/apps/checkout/incidents/new/")
    expect(page.get_by_text("Ask Alice (alice@example.com)")).to_be_visible()
    inspect(page, "incident-refused")


def test_the_audit_trail_is_found_filtered_and_opened(world, page, sign_in, shipped, inspect):
    sign_in(world.bob)
    page.goto("/apps/checkout/incidents/new/")
    page.get_by_label("Title").fill("Cards declined")
    page.get_by_role("button", name="Open incident").click()
    sign_in(world.audrey)
    page.goto("/profile/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit trail").click()
    inspect(page, "audit-trail", keep=True)
    page.get_by_label("Subject").fill("checkout")
    expect(page).to_have_url(re.compile("subject=checkout"))
    expect(page.get_by_text("rebuilt the KPIs")).to_have_count(0)
    page.get_by_role("link", name=re.compile("opened incident")).click()
    expect(page.get_by_text("Fits the bytes")).to_be_visible()
    inspect(page, "audit-entry")
    with page.expect_download() as download:
        page.goto("/audit/")
        page.get_by_role("link", name="These entries as CSV").click()
    assert download.value.suggested_filename == "audit-trail.csv"
    assert Entry.objects.latest("pk").event == "audit.trail.exported"
