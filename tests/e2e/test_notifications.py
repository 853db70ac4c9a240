"""Notices in a browser: the inbox, a contact way that is added and tested, preferences."""

import re
import time

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from portal.notifications.services import delivering
from tests.notifications.scene import tell, way
from tests.notifications.servers import mail_server

__all__ = ["mail_server"]


class Post:
    """What is told and sent while the server in the other thread looks at the clock."""

    def __init__(self, server):
        self.server = server

    @property
    def now(self):
        return timezone.now()  # noqa: TID251  # the server in the other thread reads it too

    def deliver(self):
        """Let a worker send all that is due."""
        delivering.deliver(clock=lambda: self.now, until=time.monotonic() + 60)


@pytest.fixture
def look(look, axe):
    """Take the screenshots of a page that nobody is kept from using."""

    def check(page, name):
        axe(page)
        look(page, name)

    return check


@pytest.fixture
def post(mail_server):
    return Post(mail_server)


def test_a_way_is_added_and_its_test_answered(world, page, sign_in, look, post):
    sign_in(world.bob)
    page.goto("/account/contacts/")
    expect(page.get_by_role("heading", name="No contact way yet")).to_be_visible()
    look(page, "contact-ways-empty")
    page.get_by_role("link", name="E-mail").click()
    page.get_by_label("E-mail address").fill("bob")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("valid email address")).to_be_visible()
    look(page, "contact-way-new")
    page.get_by_label("E-mail address").fill("bob@example.com")
    page.get_by_label("Name").fill("Work")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Send a test").click()
    post.deliver()
    page.reload()
    look(page, "contact-way-asked")
    text = post.server.mails[0][1].get_content()
    link = re.search(r"/account/contacts/\S+", text)
    assert link
    page.goto(link[0])
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_text("Work is verified.")).to_be_visible()
    way(world.bob, label="Phone", verified_at=None)
    page.goto("/account/contacts/")
    look(page, "contact-ways")


def test_the_inbox_is_read_and_taken_back(world, page, sign_in, look, post):
    sign_in(world.bob)
    page.goto("/inbox/")
    look(page, "inbox-empty")
    now = post.now
    tell(world.bob, key="a", now=now)
    tell(
        world.bob,
        key="b",
        now=now,
        kind="oncall.gap.found",
        title="Nobody is on call for Payments on Sunday night",
        text="Sun 8 Mar, 18:00 to Mon 9 Mar, 09:00. Primary and secondary are both missing.",
    )
    tell(world.bob, key="c", now=now, kind="oncall.shift.changed", title="Your shift was moved")
    page.goto("/inbox/")
    expect(page.get_by_role("link", name="Inbox, 3 unread")).to_be_visible()
    page.get_by_role("button", name="Mark read: Your shift was moved").click()
    look(page, "inbox")
    page.get_by_role("button", name="Mark all read").click()
    expect(page.get_by_role("link", name="Inbox", exact=True).first).to_be_visible()
    look(page, "inbox-undo")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Inbox, 2 unread")).to_be_visible()


def test_preferences_quiet_hours_and_the_log(world, page, sign_in, look, post):
    way(world.bob, label="Work")
    way(world.bob, label="Phone")
    post.server.answers = ["550 No such user"]
    tell(world.bob, now=post.now)
    post.deliver()
    sign_in(world.bob)
    page.goto("/account/notifications/")
    page.get_by_label("How: Your shift begins soon").select_option("In the inbox only")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("How: Your shift begins soon")).to_have_value("INBOX")
    look(page, "notification-preferences")
    page.goto("/account/quiet-hours/")
    page.get_by_label("From").fill("22:00")
    page.get_by_label("Until").fill("07:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Window 1")).to_be_visible()
    look(page, "quiet-hours")
    page.goto("/account/deliveries/")
    look(page, "deliveries")
    page.locator(".rows a").last.click()
    expect(page.get_by_text("Attempts that failed")).to_be_visible()
    look(page, "delivery")
    sign_in(world.olive)
    page.goto("/deliveries/")
    look(page, "deliveries-all")
