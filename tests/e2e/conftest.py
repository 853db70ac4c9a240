"""Browser tests: the system's Chromium against a live server, and what every page must keep.

`page` fails a test on any error in the console, a breach of the content security policy
included. `axe` fails on serious violations, light and dark. `look` takes the screenshots at both
ends of the range of widths and fails when the page itself scrolls sideways.
"""

import os
import re
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import expect

# A busy machine is no fault of the page.
expect.set_options(timeout=20_000)

ROOT = Path(__file__).resolve().parents[2]
LOOKS = ROOT / "test-results" / "looks"
SCREENSHOTS = ROOT / "docs" / "screenshots"
WIDTHS = {1440: 900, 360: 740}
SCHEMES = ("light", "dark")
# Until the colours of another scheme are drawn.
TWO_FRAMES = (
    "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
)
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items):
    """Mark everything below this folder, so that no test here can forget it."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session", autouse=True)
def _playwright_loop_beside_the_orm():
    """Playwright keeps an event loop in this thread, in which Django refuses to query."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(autouse=True)
def _fresh_throttles():
    cache.clear()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if not found:
        pytest.fail(f"Browser tests need one of {', '.join(CHROMIUMS)} on the PATH.")
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    return browser_type_launch_args | {
        "executable_path": found,
        "args": [*sandbox, "--disable-dev-shm-usage", "--font-render-hinting=none"],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return browser_context_args | {
        "viewport": {"width": 1440, "height": 900},
        "locale": "en-GB",
        "timezone_id": "Europe/London",
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="session")
def base_url(live_server):
    return live_server.url


@pytest.fixture
def page(page):
    """A page that tolerates no error in its console; pages that answer 4xx are no error."""
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: errors.append(message.text) if message.type == "error" else None,
    )
    yield page
    answers = re.compile(r"^Failed to load resource: .* status of 4\d\d")
    assert [error for error in errors if not answers.match(error)] == []


@pytest.fixture
def sign_in(context, base_url):
    """Return a function that gives the browser a session of a person, without the form."""

    def sign_in(user):
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        value = client.cookies[name].value
        context.add_cookies([{"name": name, "value": value, "url": base_url}])

    return sign_in


@pytest.fixture
def axe():
    """Return a function that fails on serious and critical violations, in light and in dark."""

    def check(page):
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(TWO_FRAMES)
            violations = Axe().run(page).response["violations"]
            assert [
                f"{scheme}: {found['id']}: {node['html']} {node['failureSummary']}"
                for found in violations
                if found["impact"] in {"serious", "critical"}
                for node in found["nodes"]
            ] == []

    return check


@pytest.fixture
def look():
    """Return a function that takes the four screenshots of a page into `test-results/looks`.

    With `keep` and UPDATE_SCREENSHOTS=1 the wide ones go to `docs/screenshots` too.
    """

    def look(page, name, *, keep=False):
        before = page.viewport_size
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.evaluate("document.fonts.ready")
                page.screenshot(path=LOOKS / f"{name}-{width}-{scheme}.png", full_page=True)
                if keep and width == max(WIDTHS) and os.environ.get("UPDATE_SCREENSHOTS"):
                    page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}.png")
            assert page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            ), f"{name} scrolls sideways at {width} px"
        page.set_viewport_size(before)

    return look
