"""The calendar by keyboard, and an override made from a gap."""

from datetime import date, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from oncall.models import Change, Gap, HolidayCalendar, Hours, Override
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


def test_looks(page, sign_in, scene, world, look, axe):
    sign_in(world.alice)
    for name, url in {
        "month": "/oncall/calendar/",
        "week": "/oncall/calendar/?view=week",
        "rota": "/oncall/calendar/?view=rota",
        "person": "/oncall/calendar/?view=person",
        "team": "/oncall/calendar/?view=team",
        "mine": "/oncall/mine/",
        "gaps": "/oncall/gaps/",
        "leave": "/oncall/leave/",
        "overrides": f"/oncall/rotas/{scene.slug}/overrides/",
    }.items():
        page.goto(url)
        look(page, f"oncall-{name}")
        axe(page)
    page.goto("/oncall/gaps/")
    page.get_by_role("link", name="Find somebody", exact=True).first.click()
    look(page, "oncall-override")
    axe(page)
