"""From interest to owned nights and back, in a real browser, by the people that it takes."""

import pytest
from playwright.sync_api import expect

from oncall.models import Claim, Cover
from oncall.plans.claims import Stage
from oncall.services.readiness import check_claims
from tests.conftest import NOW
from tests.factories import ApplicationFactory
from tests.oncall.claims.scene import central, claim_at, ready

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/apps/checkout/oncall/claim/"


@pytest.fixture(autouse=True)
def soon(settings, time_machine, now):
    time_machine.move_to(now)
    settings.OWNERSHIP_SHADOW_DAYS = settings.OWNERSHIP_TRIAL_DAYS = 0


def test_a_team_takes_on_its_nights_and_gives_them_back(page, sign_in, world):
    ready(world)
    sign_in(world.bob)
    page.goto("/apps/checkout/")
    page.get_by_role("link", name="Nights").click()
    page.get_by_role("button", name="We are interested").click()
    expect(page.get_by_text("nothing is binding yet")).to_be_visible()

    sign_in(world.alice)
    page.goto(PAGE)
    page.get_by_role("link", name="Choose a rota").click()
    page.get_by_label("Acquiring at night (Acquiring)").check()
    page.get_by_role("button", name="Choose it").click()
    expect(page.get_by_text("Nobody on call half of the time")).to_be_visible()
    page.get_by_role("button", name="Start shadowing").click()
    for word, state in (("the trial", "Trial"), ("owning", "Owned")):
        sign_in(world.alice)
        page.goto(PAGE)
        page.get_by_role("button", name=f"Give the word for {word}").click()
        expect(page.get_by_text("It waits for the word of central support")).to_be_visible()
        sign_in(world.olive)
        page.goto(PAGE)
        page.get_by_role("button", name=f"Give the word for {word}").click()
        expect(page.locator(".track-now")).to_have_text(state)
    assert Cover.objects.get().until is None

    sign_in(world.alice)
    page.goto(PAGE)
    page.get_by_role("link", name="Hand the nights back").click()
    page.get_by_label("Reason").fill("Three of us left.")
    page.get_by_role("button", name="Ask the other side").click()
    sign_in(world.olive)
    page.goto(PAGE)
    page.get_by_role("button", name="Agree that they go back").click()
    expect(page.get_by_text("Central support answers.").first).to_be_visible()
    assert Claim.objects.get().state == "RETURNED"


def test_the_pages_of_claims_look_right(page, sign_in, axe, look, world):
    central(world)
    claim_at(world, Stage.SHADOWING, rota=ready(world, number=4))
    check_claims(now=NOW)
    for number in range(12):
        claim_at(
            world,
            Stage.INTERESTED if number % 2 else Stage.OWNED,
            rota=Claim.objects.earliest("pk").rota,
            application=ApplicationFactory.create(
                name=f"Shop {number:02}", owner=world.lending, tier=number % 4 + 1
            ),
        )
    sign_in(world.alice)
    for name, path in {
        "claim": PAGE,
        "claim-rota": f"{PAGE}rota/",
        "claim-evidence": f"{PAGE}evidence/",
        "claim-exception": f"{PAGE}exception/people/",
        "claim-none": "/apps/loans/oncall/claim/",
        "ownership": "/oncall/ownership/",
        "company-nights": "/company/",
    }.items():
        page.goto(path)
        page.wait_for_load_state("networkidle")
        axe(page)
        look(page, name, keep=name in {"claim", "ownership"})
