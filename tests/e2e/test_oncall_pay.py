"""A call-out at night becomes a line of the pay report, which two people approve."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from oncall.adapters.tariffs import SHIPPED
from oncall.services.callouts import tell_callout
from oncall.services.handover import leave_note
from oncall.services.months import count_months
from oncall.services.pay import define_scheme
from oncall.services.shifts import freeze_shifts
from tests.oncall.scene import layer, people, rota

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def served(world):
    """A rota that has been served since the month before the last, paid by a flat amount."""
    now = timezone.now()  # noqa: TID251  # the server in the other thread reads it too
    first = (now.replace(day=1) - timedelta(days=40)).replace(
        day=1, hour=9, minute=0, second=0, microsecond=0
    )
    some = people(world, 5)
    made = rota(
        world, some, now=first, starts_at=first,
        drafts=[layer(some, begins_on=(first - timedelta(days=first.weekday())).date())],
    )  # fmt: skip
    freeze_shifts(now=now)
    define_scheme(
        team=None, name="Flat amount per shift", currency="GBP", valid_from=first.date(),
        rules=SHIPPED["flat"]["rules"], actor=world.olive, now=now,
    )  # fmt: skip
    last = now.replace(day=1) - timedelta(days=9)
    shift = made.shifts.filter(starts_at__lt=last).latest("starts_at")
    tell_callout(
        rota=made, person=shift.person, starts_at=shift.starts_at + timedelta(hours=7),
        ends_at=shift.starts_at + timedelta(hours=8, minutes=30), application=world.checkout,
        reference="INC-1042", note="Cards were declined.", actor=world.alice, now=now,
    )  # fmt: skip
    leave_note(
        rota=made, text="The queue of refunds is slow; Dora looks at it on Monday.",
        actor=world.alice, now=now,
    )  # fmt: skip
    count_months(now=now)
    return made


@pytest.fixture
def inspect(axe, look):
    """Return a function that looks for violations and takes the screenshots of a page."""

    def inspect(page, name, **options):
        axe(page)
        look(page, name, **options)

    return inspect


def test_a_call_out_is_told_and_its_month_is_approved_by_two(
    world, page, sign_in, served, inspect
):
    now = timezone.now()  # noqa: TID251  # as above
    for person in (world.alice, world.bob):
        person.zone = "Europe/London"
        person.save()
    local = now.astimezone(LONDON) - timedelta(hours=5)
    sign_in(world.bob)
    page.goto("/oncall/callouts/")
    page.get_by_label("Called at").fill(local.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Done at").fill((local + timedelta(minutes=50)).strftime("%Y-%m-%dT%H:%M"))
    page.locator("#id_application").fill("checkout")
    page.get_by_role("button", name="Tell it").click()
    expect(page.get_by_text("Told.")).to_be_visible()
    inspect(page, "oncall-callouts")

    sign_in(world.alice)
    page.goto("/oncall/pay/")
    inspect(page, "oncall-pay")
    page.get_by_role("link", name="Acquiring").first.click()
    expect(page.get_by_text("Altogether")).to_be_visible()
    page.locator("summary").first.click()
    inspect(page, "oncall-pay-report", keep=True)
    page.get_by_role("button", name="Check it").or_(
        page.get_by_role("button", name="Approve it")
    ).click()
    expect(page.get_by_text("a second person approves it", exact=False).first).to_be_visible()
    address = page.url
    sign_in(world.olive)
    page.goto(address)
    page.get_by_role("button", name="Approve it").click()
    expect(page.get_by_text("Approved, and frozen.")).to_be_visible()


def test_the_pages_beside_it_hold_up(world, page, sign_in, served, inspect):
    sign_in(world.bob)
    for address, name in (
        ("/oncall/fairness/?period=quarter", "oncall-fairness"),
        ("/oncall/load/?team=acquiring", "oncall-load"),
        ("/oncall/handover/", "oncall-handovers"),
        (f"/oncall/rotas/{served.slug}/handover/", "oncall-handover"),
    ):
        page.goto(address)
        inspect(page, name)
    sign_in(world.olive)
    for address, name in (
        ("/oncall/pay/schemes/?from=uk-cloud-platform", "oncall-pay-scheme"),
        ("/oncall/pay/grades/", "oncall-pay-grades"),
    ):
        page.goto(address)
        inspect(page, name)


def test_the_example_of_a_scheme_is_worked_out_while_one_types(world, page, sign_in):
    sign_in(world.olive)
    page.goto("/oncall/pay/schemes/?from=flat")
    example = page.locator("#example")
    expect(example.get_by_text("315.00")).to_be_visible()
    amount = page.get_by_label("Amount").first
    amount.fill("50")
    amount.blur()
    expect(example.get_by_text("350.00")).to_be_visible()
