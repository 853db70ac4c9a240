"""Olive takes the bank holidays of Scotland and adds a day of the company's own."""

import pytest
from playwright.sync_api import expect

from oncall.models import HolidayCalendar
from tests.oncall.scene import rota

pytestmark = pytest.mark.django_db(transaction=True)


def test_olive_keeps_a_calendar(world, page, sign_in, axe, look):
    sign_in(world.olive)
    page.goto("/oncall/holidays/")
    expect(page.get_by_role("heading", name="No calendar yet")).to_be_visible()
    look(page, "holidays-empty")
    page.get_by_label("Country").select_option("GB")
    page.get_by_label("Part of it").fill("Texas")
    page.get_by_role("button", name="Take its holidays").click()
    expect(page.get_by_text("There are: ENG (England)")).to_be_visible()
    page.get_by_label("Part of it").fill("Scotland")
    page.get_by_role("button", name="Take its holidays").click()
    expect(page.get_by_role("heading", name="United Kingdom, Scotland")).to_be_visible()

    calendar = HolidayCalendar.objects.get()
    rota(world, calendar=calendar)
    page.goto("/oncall/holidays/gb-sct/?year=2027")
    page.get_by_role("textbox", name="Day").fill("2027-06-15")
    page.get_by_label("Name").fill("Founding Day")
    page.get_by_role("button", name="Add the day").click()
    page.get_by_role("button", name="Strike Good Friday").click()
    expect(page.get_by_text("Good Friday is struck out")).to_be_visible()
    expect(page.get_by_text("Added here")).to_be_visible()
    axe(page)
    look(page, "holiday-calendar")
    page.get_by_role("button", name="Restore Good Friday").click()
    expect(page.get_by_text("Good Friday is a holiday again")).to_be_visible()
    page.goto("/oncall/holidays/")
    axe(page)
    look(page, "holidays")
