"""From a failing rule to green, an exemption by two people, and rules tried before they count."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from kpis import services
from kpis.models import ScopeKind
from portal.scorecards.models import (
    Exemption,
    Initiative,
    InitiativeState,
    Progress,
    Scorecard,
    Snapshot,
)
from portal.scorecards.services.definitions import load_shipped
from portal.scorecards.services.evaluation import evaluate_all
from tests.factories import ApplicationFactory, RepositoryFactory
from tests.kpis.raw_facts import add_change, add_deployment, add_incident


@pytest.fixture
def judged(world):
    """Two shipped scorecards, some deployments, and half a year of history."""
    now = timezone.now()  # noqa: TID251  # the server in the other thread reads it too
    for number in range(40):
        at = now - timedelta(hours=3 + 30 * number)
        one = add_deployment(world.production, at, version=f"2026.{40 - number}")
        add_change(one, lead_seconds=7200 * (number % 9 + 1), merge_seconds=400 * (number % 5 + 1))
    for number in range(9):
        made = ApplicationFactory.create(
            slug=f"service-{number}",
            name=f"Service {number}",
            owner=None if number == 3 else world.acquiring,
            tier=1 + number % 4,
            description="Answers what other services ask." if number % 2 else "",
            runbook_url="https://wiki.example.com" if number % 3 else "",
            attested_at=now - timedelta(days=number * 30),
        )
        if number % 4:
            RepositoryFactory.create(application=made)
    add_incident(world.loans, now - timedelta(hours=2), title="Offers are slow")
    services.rebuild(actor="command:test", now=now)
    services.recompute(now=now)
    load_shipped(now=now)
    found = Scorecard.objects.get(slug="operational-readiness")
    for step in range(20):
        Snapshot.objects.create(
            scorecard=found,
            scope_kind=ScopeKind.COMPANY,
            scope_id=0,
            on=(now - timedelta(days=160 - 8 * step)).date(),
            levels=[9 - step // 3, 1 + step // 6, 1 + step // 9, step // 15],
            passed=step, failed=step, unknown=step, exempt=0,
        )  # fmt: skip
    evaluate_all(now=now)
    return found


@pytest.fixture
def inspect(axe, look):
    """Return a function that looks for violations and takes the screenshots of a page."""

    def inspect(page, name, **options):
        axe(page)
        look(page, name, **options)

    return inspect


def test_a_rule_is_mended_and_goes_green(world, page, sign_in, judged, inspect):
    sign_in(world.bob)
    page.goto("/apps/checkout/")
    card = page.locator("#scorecards")
    expect(card.get_by_text("Operational readiness")).to_be_visible()
    card.scroll_into_view_if_needed()
    expect(card.get_by_text("Below bronze")).to_be_visible()
    inspect(page, "application-with-scorecards")
    card.get_by_role("link", name="Edit the application: Says what it does").click()
    page.get_by_label("Description").fill("Takes card payments from online shops.")
    page.get_by_role("button", name="Save").click()
    expect(card.get_by_text("Bronze", exact=True)).to_be_visible()
    expect(card.get_by_text("For silver")).to_be_visible()
    card.get_by_role("link", name="Every rule").click()
    expect(page.get_by_text("38 characters.", exact=False)).to_be_visible()
    inspect(page, "application-scorecards", keep=True)


def test_an_exemption_by_two_people(world, page, sign_in, judged, inspect):
    sign_in(world.bob)
    page.goto("/apps/checkout/scorecards/")
    page.get_by_role("link", name="Ask for an exemption: Has a runbook").click()
    inspect(page, "exemption-new")
    page.get_by_label("Reason").fill("The wiki moves next month; the runbook is on paper.")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("nobody approves their own")).to_be_visible()
    sign_in(world.alice)
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Decide")).click()
    inspect(page, "exemption")
    page.get_by_label("Note").fill("Until the move.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved", exact=True).first).to_be_visible()
    page.goto("/apps/checkout/scorecards/")
    expect(page.get_by_text("Exempt until")).to_be_visible()
    page.goto("/exemptions/")
    inspect(page, "exemptions")
    assert Exemption.objects.get().decided_by == world.alice


def test_rules_are_mended_and_tried_before_they_count(world, page, sign_in, judged, inspect):
    sign_in(world.olive)
    page.goto("/scorecards/operational-readiness/definition/")
    inspect(page, "scorecard-rules")
    page.get_by_role("link", name="Edit", exact=True).click()
    text = page.get_by_label("Definition")
    good = text.input_value()
    text.fill(good.replace("check: has_runbook", "check: has_runbok"))
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("1 thing to mend")).to_be_visible()
    expect(page.locator(".is-wrong").get_by_text("Did you mean has_runbook?")).to_be_visible()
    inspect(page, "scorecard-edit-wrong")
    text.fill(good.replace("with: {at_least: 20}", "with: {at_least: 2000}"))
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("lose bronze")).to_be_visible()
    page.get_by_text("Which", exact=True).click()
    inspect(page, "scorecard-dry-run")
    assert judged.versions.count() == 1


def test_scorecards_are_looked_at(world, page, sign_in, judged, inspect):
    sign_in(world.eve)
    page.goto("/scorecards/")
    inspect(page, "scorecards")
    page.goto("/scorecards/operational-readiness/")
    expect(page.locator(".chart-canvas[data-drawn]")).to_be_visible()
    inspect(page, "scorecard", keep=True)
    page.get_by_label("Level", exact=True).select_option(label="Below bronze")
    expect(page).to_have_url(re.compile("level=0"))
    expect(page.get_by_role("link", name="Service 3")).to_be_visible()
    page.goto("/teams/payments/")
    expect(page.locator("#scorecards .spread").first).to_be_visible()
    inspect(page, "team-with-scorecards")


def test_an_initiative_is_written_and_followed(world, page, sign_in, judged, inspect):
    sign_in(world.olive)
    page.goto("/scorecards/operational-readiness/initiatives/new/")
    inspect(page, "initiative-new")
    today = date.today()  # noqa: DTZ011
    initiative = Initiative.objects.create(
        title="Silver by summer",
        why="Nights are shorter for teams that have their runbooks.",
        scorecard=judged,
        level=2,
        owner=world.alice,
        starts_on=today - timedelta(days=60),
        due_on=today + timedelta(days=30),
        state=InitiativeState.IN_PROGRESS,
        state_since=judged.current.written_at,
    )
    for step in range(6):
        Progress.objects.create(
            initiative=initiative, on=today - timedelta(days=60 - 10 * step), done=step, total=11
        )
    page.goto(f"/initiatives/{initiative.pk}/")
    expect(page.locator(".chart-canvas[data-drawn]")).to_be_visible()
    inspect(page, "initiative", keep=True)
    page.goto("/initiatives/")
    inspect(page, "initiatives")
