"""Tokens and the page of the API in a browser."""

import re

from playwright.sync_api import expect


def test_a_pipeline_gets_a_token_that_is_shown_once_and_revoked(world, page, sign_in, axe, look):
    sign_in(world.bob)
    page.goto("/apps/checkout/tokens/")
    expect(page.get_by_role("heading", name="No token yet")).to_be_visible()
    axe(page)
    look(page, "tokens-empty")
    page.get_by_label("Name").fill("My CI")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("Use lower-case letters")).to_be_visible()
    page.get_by_label("Name").fill("ci")
    page.get_by_role("button", name="Create").click()
    secret = page.locator("#secret")
    expect(secret).to_have_text(re.compile(r"^qd_pipeline_[0-9A-Za-z]{38}$"))
    expect(page.locator("#command")).to_contain_text("/api/v1/events")
    axe(page)
    look(page, "tokens-created")
    page.goto("/apps/checkout/tokens/")
    expect(secret).to_have_count(0)
    page.get_by_role("link", name="Revoke ci").click()
    axe(page)
    look(page, "token-revoke")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row", name=re.compile("ci")).get_by_text("Revoked")).to_be_visible()
    look(page, "tokens-revoked")


def test_an_operation_is_tried_on_the_page_that_describes_it(world, page, sign_in, axe, look):
    sign_in(world.bob)
    page.goto("/api/docs/")
    page.get_by_label("Find an operation").fill("post incidents attribute")
    expect(page.locator(".operation:visible")).to_have_count(1)
    page.get_by_label("Find an operation").fill("read an application")
    operation = page.locator("#applications_read")
    operation.locator("> summary").click()
    operation.get_by_label("slug").fill("checkout")
    expect(operation.get_by_text("curl -X GET")).to_contain_text("/api/v1/applications/checkout/")
    operation.get_by_role("button", name="Send").click()
    expect(operation.get_by_text("200 OK")).to_be_visible()
    expect(operation.locator(".answer")).to_contain_text('"slug": "checkout"')
    axe(page)
    look(page, "api-docs-tried")
    page.get_by_label("Find an operation").fill("")
    look(page, "api-docs")


def test_an_operation_changes_something_by_session_and_by_token(world, page, sign_in):
    sign_in(world.bob)
    page.goto("/api/docs/#applications_update")
    operation = page.locator("#applications_update")
    operation.get_by_label("slug").fill("checkout")
    operation.get_by_role("textbox", name="Body").fill('{"tier": 1}')
    operation.get_by_role("button", name="Send").click()
    expect(operation.get_by_text("200 OK")).to_be_visible()
    world.checkout.refresh_from_db()
    assert world.checkout.tier == 1
    page.get_by_label("Token to try with").fill("qd_personal_nonsense")
    operation.get_by_role("button", name="Send").click()
    expect(operation.get_by_text("401 Unauthorized")).to_be_visible()
    expect(operation.locator(".answer")).to_contain_text("This is no token of Quarterdeck")
