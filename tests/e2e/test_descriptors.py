"""Descriptors in a browser: pasted, mended, compared, applied and exported; and a synchronisation."""

import pytest
from playwright.sync_api import expect

from portal.descriptors.models import DescriptorSync, RunState, SyncRun
from portal.descriptors.plans.showing import counts, shown_steps
from portal.descriptors.reading.files import File
from portal.descriptors.services.drafts import draft_of
from tests.descriptors.test_applying import COMPANY

BROKEN = COMPANY.replace("owner: fraud", "owner: frud").replace("[python]", "[Python]")


@pytest.fixture
def olive(world, sign_in):
    sign_in(world.olive)
    return world.olive


def test_descriptors_are_pasted_mended_compared_applied_and_exported(olive, page, axe, look):
    page.goto("/apps/")
    page.get_by_role("link", name="Import descriptors").click()
    page.get_by_label("Or paste it").fill(BROKEN)
    page.get_by_role("button", name="Check").click()
    errors = page.get_by_role("region", name="errors to mend")
    expect(errors).to_contain_text("There is no team frud.")
    expect(errors).to_contain_text("Did you mean fraud?")
    expect(errors).to_contain_text("such as python")
    axe(page)
    look(page, "descriptors-errors")
    page.get_by_label("Or paste it").fill(COMPANY)
    page.get_by_role("button", name="Check").click()
    plan = page.get_by_role("region", name="What would change")
    expect(plan).to_contain_text("4 created, 1 changed")
    axe(page)
    look(page, "descriptors-plan")
    plan.get_by_role("button", name="Apply these changes").click()
    expect(page.get_by_role("link", name="Scoring")).to_be_visible()
    page.goto("/apps/import/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export everything").click()
    text = download.value.path().read_text()
    assert "name: scoring" in text
    page.get_by_label("Or paste it").fill(text)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("region", name="What would change")).to_contain_text("Nothing changes")


def test_a_synchronisation_shows_its_runs_and_what_waits(olive, now, page, axe, look):
    sync = DescriptorSync.objects.create(
        slug="payments", name="Payments", source="/srv/git/payments.git", mode="REVIEW",
        set_up_by=olive, set_up_at=now, next_run_at=now,
    )  # fmt: skip
    plan = draft_of([File("company/catalog-info.yaml", COMPANY)], olive).plan
    SyncRun.objects.create(
        sync=sync, state=RunState.TO_REVIEW, requested_by="system:synchronisation",
        requested_at=now, started_at=now, finished_at=now, commit="4f2c" * 10,
        counts=counts(plan), steps=list(shown_steps(plan)), fingerprint=plan.fingerprint,
    )  # fmt: skip
    sync.descriptions.create(
        noun="application", slug="checkout", file="pay/catalog-info.yaml", line=3,
        drift=["description: By hand., told as Takes money."], described_at=now,
    )  # fmt: skip
    page.goto("/descriptors/")
    axe(page)
    look(page, "descriptors-syncs")
    page.get_by_role("link", name="Payments").click()
    expect(page.get_by_role("region", name="Differs from the files")).to_contain_text("By hand.")
    axe(page)
    look(page, "descriptors-sync")
    page.get_by_role("link", name="See what would change").click()
    expect(page.get_by_role("button", name="Apply these changes")).to_be_visible()
    axe(page)
    look(page, "descriptors-run")
