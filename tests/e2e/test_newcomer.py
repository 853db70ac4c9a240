"""A newcomer's journey: sign in, register, send the first deployment by curl, see it all turn green.

The command is run as it is shown, by a shell, against the server that showed it.
"""

import subprocess
from time import monotonic

import pytest
from playwright.sync_api import expect

from portal.catalogue.models import Registration
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
TWO_MINUTES = 120


def test_a_newcomer_registers_sends_a_deployment_and_sees_its_kpis(page, axe, look, world):
    nadia = UserFactory.create(email="nadia@example.com", name="Nadia")
    MembershipFactory.create(team=world.acquiring, user=nadia)
    began = monotonic()
    page.goto("/")
    page.get_by_label("E-mail").fill("nadia@example.com")
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Register an application").first.click()
    page.get_by_label("Name").fill("Refunds")
    expect(page.get_by_label("Owner team")).to_have_value("acquiring")
    page.get_by_role("button", name="Register").click()
    page.wait_for_url("**/apps/refunds/")
    assert monotonic() - began < TWO_MINUTES
    assert Registration.objects.get().signed_in_at is not None

    checklist = page.locator("#checklist")
    expect(checklist).to_contain_text("1 of 5 done")
    axe(page)
    look(page, "newcomer-checklist", keep=True)
    # Another tab keeps the page of the application open: it has to turn green by itself.
    waiting = page.context.new_page()
    waiting.goto("/apps/refunds/")
    expect(waiting.locator("#checklist")).to_contain_text("1 of 5 done")

    checklist.get_by_role("link", name="Show me how").click()
    page.get_by_role("button", name="Show it with a fresh token").click()
    command = page.locator("#command")
    expect(command).to_contain_text("qd_pipeline_")
    expect(page.locator("#arrival")).to_contain_text("Waiting for the first deployment")
    axe(page)
    look(page, "newcomer-command")
    shown = command.text_content()
    sent = subprocess.run(
        ["sh", "-c", shown], check=False, capture_output=True, text=True, timeout=60
    )
    assert sent.returncode == 0, sent.stdout + sent.stderr

    expect(page.locator("#arrival")).to_contain_text("It has arrived")
    waiting.bring_to_front()
    expect(waiting.locator("#checklist")).to_contain_text("2 of 5 done")
    page.bring_to_front()
    page.get_by_role("link", name="See Refunds").click()
    page.goto("/apps/refunds/?grain=day")
    expect(page.locator("#kpis")).to_contain_text("from 1 deployment")
