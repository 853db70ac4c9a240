"""The calendar by keyboard, and an override made from a gap."""

from datetime import time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from oncall.models import Change, HolidayCalendar, Hours, Override
from oncall.services.holidays import add_holiday
from oncall.services.leave import add_leave
from oncall.services.overrides import make_override
from tests.oncall.scene import layer, people, rota

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(world):
    """A rota whose secondary is missing on Wednesdays, an override, leave, a holiday today."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)  # noqa: TID251  # the server reads it too
    calendar = HolidayCalendar.objects.create(slug="gb", name="England")
    some = people(world)
    monday = (now - timedelta(days=now.weekday() + 7)).date()
    nights = [{"days": [1, 2, 4, 5, 6, 7], "opens": "17:30", "closes": "09:00"}]
    found = rota(
        world,
        some,
        now=now,
        starts_at=now - timedelta(hours=20),
        calendar=calendar,
        hours=Hours.OUT_OF_HOURS,
        drafts=[
            layer(some, begins_on=monday, handoff_at=time(9)),
            layer(
                some,
                name="Secondary",
                role="secondary",
                ahead=1,
                begins_on=monday,
                hours="WEEKLY",
                windows=nights,
            ),
        ],
    )
    add_holiday(
        calendar=calendar,
        day=(now + timedelta(days=2)).date(),
        name="Founders' Day",
        actor=world.olive,
        now=now,
    )
    make_override(
        rota=found,
        kind=Change.COVER,
        comes=world.alice,
        starts_at=now + timedelta(days=1),
        ends_at=now + timedelta(days=2),
        reason="A wedding.",
        actor=world.alice,
        now=now,
    )
    add_leave(
        person=some[2],
        starts_at=now + timedelta(days=3),
        ends_at=now + timedelta(days=6),
        actor=some[2],
        now=now,
    )
    return found


def test_an_override_is_made_from_a_gap_by_keyboard(page, sign_in, scene, world):
    sign_in(world.alice)
    page.goto(f"/oncall/calendar/?view=rota&rota={scene.slug}")
    gap = page.get_by_role("link", name="Nobody is Secondary").first
    gap.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Who could step in")).to_be_visible()
    page.get_by_role("link", name="Emil", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    expect(page.get_by_text("Gap closes").first).to_be_visible()
    page.get_by_role("button", name="Make this override").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="Emil covers alone")).to_be_visible()
    made = Override.objects.get(role="secondary")
    page.get_by_role("row", name="Emil covers alone").get_by_role("button").click()
    expect(page.get_by_role("button", name="Make it again")).to_be_visible()
    made.refresh_from_db()
    assert made.cancelled_by == world.alice


def test_the_period_is_turned_by_keyboard_and_the_address_remembers(page, sign_in, scene, world):
    sign_in(world.alice)
    page.goto("/oncall/calendar/?view=week")
    before = page.get_by_role("heading", level=2).first.inner_text()
    page.get_by_role("link", name="Next").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2).first).not_to_have_text(before)
    assert "view=week" in page.url
    assert "day=" in page.url


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("month", "/oncall/calendar/"),
        ("rota", "/oncall/calendar/?view=rota"),
        ("team", "/oncall/calendar/?view=team"),
        ("mine", "/oncall/mine/"),
        ("gaps", "/oncall/gaps/"),
        ("leave", "/oncall/leave/"),
    ],
)
def test_the_pages_look_right_and_are_open_to_all(page, looked_at, scene, name, path):
    page.goto(path)
    looked_at(page, f"oncall-{name}")


@pytest.fixture
def looked_at(sign_in, world, look, axe):
    sign_in(world.alice)

    def check(page, name):
        look(page, name)
        axe(page)

    return check
