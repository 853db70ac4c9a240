"""KPI pages in a browser: charts under the strict policy, news by themselves, keyboard, no script."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from kpis.metrics.periods import period_at
from kpis.models import Deployment, DeploymentStatus, Incident, Rollup, ScopeRevision
from kpis.selectors.scopes import scope_of_application, scope_of_company, scope_of_team
from tests.factories import ApplicationFactory
from tests.kpis.rollups import BUSY, write_rollup

CHARTS = 6


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    """The server is in this process, so its pictures are always of the same day."""
    time_machine.move_to(now)


@pytest.fixture
def busy(world, now):
    """Fourteen months of every scope of the world, worse in Acquiring than elsewhere."""
    teams = [world.payments, world.cards, world.acquiring, world.lending]
    others = [
        ApplicationFactory.create(name=name, owner=world.acquiring) for name in ("Ash", "Elm")
    ]
    scopes = [scope_of_company(), *map(scope_of_team, teams)]
    scopes += map(scope_of_application, (world.checkout, *others))
    months = period_at("month", now, "Europe/London").shift(-1).series(14)
    for place, scope in enumerate(scopes):
        for age, month in enumerate(months):
            if age != 4:
                write_rollup(scope, month, **varied(place, age))
        ScopeRevision.objects.create(scope_kind=scope.kind, scope_id=scope.id, revision=1)
    for age in range(40):
        at = now - timedelta(days=9 * age)
        Deployment.objects.create(
            application=world.checkout,
            environment=world.production,
            source="test",
            external_id=str(age),
            version=f"v4.{40 - age}.0",
            status=DeploymentStatus.SUCCEEDED,
            finished_at=at,
        )
        if age % 7 == 2:
            Incident.objects.create(
                application=world.checkout,
                source="test",
                external_id=str(age),
                title="Card payments declined",
                opened_at=at + timedelta(hours=1),
                resolved_at=at + timedelta(hours=3),
            )
    return world


def varied(place, age):
    """Return a busy month that drifts with age and differs by place."""
    drift = 1 + 0.09 * ((age * 7 + place * 5) % 11)
    spans = {key: value * drift for key, value in BUSY.items() if "_p" in key}
    return spans | {
        "deployments": 50 + (age * 13 + place * 7) % 25,
        "failures": 3 + (age * 5 + place * 3) % 12,
        "rework": 2 + (age * 3 + place) % 8,
        "fast": 20 + (age * 11 + place * 17) % 60,
    }


def drawn(page):
    """Bring the charts near and wait until all are drawn."""
    page.locator("[data-charts]").scroll_into_view_if_needed()
    expect(page.locator("[data-chart][data-drawn]")).to_have_count(CHARTS)


@pytest.mark.parametrize("path", ["/apps/checkout/", "/teams/acquiring/", "/company/"])
def test_charts_are_drawn_under_the_strict_policy(page, busy, sign_in, path):
    # The page fixture fails on anything the policy blocks.
    sign_in(busy.bob)
    page.goto(path)
    drawn(page)
    assert page.locator("#chart-lead-time .main-svg .scatterlayer .trace").count() == 2
    assert page.evaluate("document.querySelectorAll('head style').length") == 0


@pytest.fixture
def examine(page, axe, look):
    """Return a function that holds a page to what every page must keep."""

    def examine(name, path):
        page.goto(path)
        if page.locator("[data-charts]").count():
            drawn(page)
            page.locator("#chart-deployments summary").click()
        axe(page)
        page.evaluate("scrollTo(0, 0)")
        look(page, name, keep=name in {"application", "company"})

    return examine


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("application", "/apps/checkout/"),
        ("application-empty", "/apps/loans/"),
        ("team", "/teams/acquiring/"),
        ("company", "/company/"),
        ("definitions", "/kpis/definitions/"),
        ("api-docs", "/api/docs/"),
    ],
)
def test_pages_are_accessible_and_fit_every_width(busy, sign_in, examine, name, path):
    sign_in(busy.bob)
    examine(name, path)


def test_charts_take_the_colours_of_the_theme(page, busy, sign_in):
    sign_in(busy.bob)
    page.emulate_media(color_scheme="light")
    page.goto("/apps/checkout/")
    drawn(page)
    line = page.locator("#chart-lead-time .scatterlayer .trace .js-line").last
    light = line.evaluate("element => getComputedStyle(element).stroke")
    page.emulate_media(color_scheme="dark")
    expect(line).not_to_have_css("stroke", light)


def test_figures_renew_themselves_and_what_was_open_stays_open(page, busy, sign_in, now):
    sign_in(busy.bob)
    page.goto("/company/")
    drawn(page)
    page.locator("#chart-deployments summary").click()
    before = page.locator("#tile-lead-time .tile-value").inner_text()
    month = period_at("month", now, "Europe/London").shift(-1)
    replace_month(scope_of_company(), month, lead_p50=1_000_000.0)
    expect(page.locator("#tile-lead-time .tile-value")).not_to_have_text(before, timeout=15_000)
    expect(page.locator(".kpi-updated")).to_have_text(re.compile(r"Updated \d\d:\d\d"))
    expect(page.locator("#numbers-deployments")).to_have_attribute("open", "")
    drawn(page)


def replace_month(scope, month, **values):
    of_scope = {"scope_kind": scope.kind, "scope_id": scope.id}
    Rollup.objects.filter(**of_scope, grain="month", starts_on=month.starts_on).update(**values)
    ScopeRevision.objects.filter(**of_scope).update(revision=2)


def test_a_hidden_page_does_not_ask(page, busy, sign_in):
    sign_in(busy.bob)
    page.goto("/company/")
    page.evaluate("Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'})")
    asked = []
    page.on(
        "request", lambda request: asked.append(request.url) if "fresh" in request.url else None
    )
    page.wait_for_timeout(6_000)
    assert asked == []


def test_the_period_is_chosen_with_the_keyboard(page, busy, sign_in):
    sign_in(busy.bob)
    page.goto("/company/")
    heading = page.locator("#kpis-title").inner_text()
    page.locator('.picker a[rel="prev"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#kpis-title")).not_to_have_text(heading)
    page.locator("#period").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#kpis-title")).to_have_text(heading)


def test_everything_is_there_without_script(browser, base_url, busy, sign_in, context):
    sign_in(busy.bob)
    plain = browser.new_context(java_script_enabled=False, base_url=base_url)
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto("/apps/checkout/")
    expect(page.locator(".kpi-tile")).to_have_count(6)
    expect(page.locator(".chart-canvas").first).to_be_hidden()
    page.locator("#chart-merge summary").click()
    expect(page.locator("#numbers-merge tbody tr")).to_have_count(13)
    page.locator("#period").select_option(index=3)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile(r"grain=month&period=\d{4}-\d\d"))
    plain.close()
