"""Sign-in, theme and profile in a browser."""

import re

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import expect

PASSWORD = "correct horse battery"


def test_signing_in_and_out_by_keyboard_alone(world, page, axe, look):
    page.goto("/profile/")
    expect(page.get_by_label("E-mail")).to_be_focused()
    axe(page)
    look(page, "sign-in", keep=True)
    page.get_by_label("E-mail").focus()
    page.keyboard.type("alice@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/profile/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Profile")
    # The first stop of the keyboard is past the navigation.
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("button", name="Account of Alice").focus()
    page.keyboard.press("Enter")
    sign_out = page.get_by_role("button", name="Sign out")
    expect(sign_out).to_be_visible()
    sign_out.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/accounts/login/$"))


def test_the_theme_changes_at_once_and_stays(world, page, sign_in):
    sign_in(world.alice)
    page.goto("/profile/")
    html = page.locator("html")
    page.get_by_role("button", name="Account of Alice").click()
    with page.expect_response("**/profile/theme/"):
        page.get_by_role("group", name="Theme").get_by_role("button", name="Dark").click()
    expect(html).to_have_attribute("data-theme", "dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    expect(html).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Account of Alice").click()
    with page.expect_response("**/profile/theme/"):
        page.get_by_role("group", name="Theme").get_by_role("button", name="Light").click()
    expect(html).to_have_attribute("data-theme", "light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    world.alice.refresh_from_db()
    assert world.alice.theme == "LIGHT"


def test_the_profile_is_saved_and_says_so(world, page, sign_in, axe, look):
    sign_in(world.alice)
    page.goto("/profile/")
    axe(page)
    look(page, "profile")
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is not a time zone")).to_be_visible()
    axe(page)
    page.get_by_label("Time zone").fill("Asia/Kolkata")
    page.get_by_role("button", name="Save").click()
    toast = page.locator("#toasts").get_by_text("Profile saved.")
    expect(toast).to_be_visible()
    look(page, "profile-saved")
    page.get_by_role("button", name="Dismiss").click()
    expect(toast).to_have_count(0)


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/password/reset/"])
def test_the_other_doors_are_accessible(world, page, axe, look, path):
    page.goto(path)
    axe(page)
    look(page, path.strip("/").replace("/", "-"))


def test_the_menu_of_the_account(world, page, sign_in, axe, look):
    sign_in(world.alice)
    page.goto("/profile/")
    page.get_by_role("button", name="Account of Alice").click()
    axe(page)
    page.set_viewport_size({"width": 360, "height": 740})
    axe(page)
    expect(page.get_by_role("button", name="Sign out")).to_be_in_viewport()


def test_the_pages_of_refusals(world, page, sign_in, axe, look):
    page.goto("/no/such/page/")
    axe(page)
    sign_in(world.alice)
    page.goto("/no/such/page/")
    axe(page)
    look(page, "not-found")
    page.goto("/profile/")
    page.locator("main [name=csrfmiddlewaretoken]").evaluate("field => field.remove()")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The form was too old")
    axe(page)
    look(page, "form-too-old")


@pytest.mark.parametrize("name", ["400", "500"])
def test_the_pages_that_stand_alone(page, axe, look, name):
    page.goto("/accounts/login/")
    page.set_content(render_to_string(f"{name}.html"))
    axe(page)
    look(page, f"error-{name}")


class TestWithoutJavaScript:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return browser_context_args | {"java_script_enabled": False}

    def test_the_theme_and_the_menu_work(self, world, page, sign_in):
        sign_in(world.alice)
        page.goto("/profile/")
        page.get_by_role("button", name="Account of Alice").click()
        page.get_by_role("group", name="Theme").get_by_role("button", name="Dark").click()
        expect(page).to_have_url(re.compile(r"/profile/$"))
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    def test_search_is_a_page(self, world, page, sign_in):
        sign_in(world.alice)
        page.goto("/profile/")
        page.get_by_role("link", name="Search").click()
        page.get_by_role("searchbox").fill("profile")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="Profile").last.click()
        expect(page).to_have_url(re.compile(r"/profile/$"))
