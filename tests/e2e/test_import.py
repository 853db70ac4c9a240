"""Importing a history in a browser: the preview, the progress, the result and what went wrong."""

import re

import pytest
from playwright.sync_api import expect

from portal.integrations.models import HistoryImport, ImportState
from tests.integrations.project import Project
from tests.integrations.repository import Repository

# An import runs while the page waits for its answer: tests have no worker.
SLOW_MS = 30_000


@pytest.fixture
def history(world, settings, tmp_path):
    """A repository that the server may read."""
    settings.IMPORT_ALLOWED_SOURCES = [str(tmp_path)]
    settings.IMPORT_MIRROR_DIR = tmp_path / "mirrors"
    return Project(Repository(tmp_path / "checkout.git")).build().repository.path


@pytest.fixture
def bob(world, sign_in):
    """Bob, who may change the application, is signed in."""
    sign_in(world.bob)


@pytest.fixture
def job(world, now, history):
    return HistoryImport.objects.create(
        application=world.checkout,
        environment=world.production,
        source=str(history),
        tags="v*",
        excludes=["*-rc*"],
        paths=["svc/pay/**"],
        requested_by=world.bob.label,
        requested_at=now,
        started_at=now,
    )


def change(job, **values):
    HistoryImport.objects.filter(pk=job.pk).update(**values)


def test_a_history_is_imported_by_keyboard_with_a_preview(bob, history, page, axe, look):
    page.goto("/apps/checkout/import/")
    preview = page.get_by_role("region", name="What will be imported")
    expect(preview).to_contain_text("its tags appear here")
    page.get_by_label("Repository").focus()
    page.keyboard.type(str(history))
    expect(preview).to_contain_text(re.compile(r"24\s+tags are deployments"))
    expect(preview).to_contain_text("20 left out")
    axe(page)
    look(page, "import-new")
    page.get_by_label("Tags that are deployments").fill("release-*")
    expect(preview).to_contain_text("No tag would be a deployment")
    page.get_by_label("Tags that are deployments").fill("v*")
    page.keyboard.press("Enter")
    state = page.get_by_role("region", name="State")
    expect(state).to_contain_text("Imported", timeout=SLOW_MS)
    expect(state).to_contain_text("New: 24 deployments")
    axe(page)
    look(page, "import-done")
    page.get_by_role("button", name="Run again").click()
    expect(state).to_contain_text("Nothing new since", timeout=SLOW_MS)
    page.get_by_role("link", name="See the KPIs").click()
    expect(page).to_have_url(re.compile(r"/apps/checkout/$"))


def test_progress_is_seen_without_touching_anything(bob, job, page, axe, look):
    page.goto(f"/imports/{job.pk}/")
    state = page.get_by_role("region", name="State")
    expect(state).to_contain_text("Waiting for a worker")
    change(job, state=ImportState.RUNNING, phase="Reading commits", percent=57)
    expect(state).to_contain_text("Reading commits")
    expect(page.get_by_role("progressbar", name="Reading commits")).to_have_js_property(
        "value", 57
    )
    axe(page)
    look(page, "import-running")
    change(
        job,
        state=ImportState.FAILED,
        problem="No tag matches v*. There is 1.0, 1.1, 1.2, 1.3, 2.0 and 71 more.",
        finished_at=job.requested_at,
    )
    expect(state).to_contain_text("No tag matches")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []
    axe(page)
    look(page, "import-failed")
    page.get_by_role("link", name="Change and run").click()
    expect(page.get_by_label("Only changes to these paths")).to_have_value("svc/pay/**")


def test_an_import_is_cancelled_from_its_page(bob, job, page):
    page.goto(f"/imports/{job.pk}/")
    page.get_by_role("button", name="Cancel the import").click()
    expect(page.get_by_role("region", name="State")).to_contain_text("Cancelled")
    expect(page.get_by_role("region", name="State")).to_contain_text("Nothing was written")


def test_what_is_not_allowed_is_explained_beside_the_field(bob, history, page, axe):
    page.goto("/apps/checkout/import/")
    page.get_by_label("Repository").fill("https://git.example.com/checkout.git")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("The server may not read from there")).to_be_visible()
    axe(page)
