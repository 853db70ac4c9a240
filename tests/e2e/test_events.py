"""Events in a browser: they come in, fail, are mended and replayed; and what was refused."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from kpis.models import Deployment
from portal.api.types import Scope
from portal.integrations.models import EventState, ReceivedEvent
from portal.integrations.tasks import process_events
from tests.api.tokens import bearer, pipeline_token
from tests.factories import EnvironmentFactory


@pytest.fixture
def bob(world, sign_in):
    sign_in(world.bob)


@pytest.fixture
def send(world, page, base_url):
    """Return a function that sends to the live portal as the pipeline of `checkout` does."""
    now = datetime.fromtimestamp(time.time(), UTC)
    issued = pipeline_token(world.checkout, by=world.bob, now=now, scopes=[Scope.EVENTS_WRITE])

    def send(**fields):
        event = {
            "type": "deployment",
            "environment": "production",
            "version": "1.4.2",
            "status": "succeeded",
            "finished_at": (now - timedelta(minutes=3)).isoformat(),
        }
        page.request.post(f"{base_url}/api/v1/events", data=event | fields, headers=bearer(issued))

    return send


@pytest.mark.usefixtures("bob")
def test_a_failed_event_is_mended_and_replayed(send, world, page, axe, look):
    send()
    send(environment="live", version="1.4.3")
    send(status="great")
    process_events()
    page.goto("/events/")
    expect(page.get_by_role("link", name="deployment")).to_have_count(2)
    axe(page)
    look(page, "events", keep=True)
    page.get_by_role("link", name=re.compile("Refused")).click()
    expect(page.get_by_text("“great” is not known here.")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="deployment").click()
    expect(page.get_by_role("region", name="Why it was refused")).to_contain_text("/status")
    axe(page)
    look(page, "event-refused")
    page.goto("/events/?state=FAILED&application=checkout")
    look(page, "events-failed")
    page.get_by_role("link", name="deployment").click()
    state = page.get_by_role("region", name="What became of it")
    expect(state).to_contain_text("has no environment “live”")
    axe(page)
    look(page, "event-failed")
    EnvironmentFactory.create(application=world.checkout, slug="live", name="Live")
    page.get_by_role("button", name="Replay").click()
    process_events()
    expect(state).to_contain_text("Processed")
    axe(page)
    look(page, "event")
    page.get_by_role("link", name="See the deployment").click()
    deployment = Deployment.objects.get(version="1.4.3")
    expect(page).to_have_url(re.compile(rf"/deployments/{deployment.pk}/$"))


def test_all_that_failed_is_replayed_from_the_list(bob, send, world, page):
    for number in range(3):
        send(environment="live", version=f"1.4.{number}")
    process_events()
    page.goto("/apps/checkout/")
    page.get_by_role("link", name="3 failed: see why").click()
    EnvironmentFactory.create(application=world.checkout, slug="live", name="Live")
    page.get_by_role("button", name="Replay all that match").click()
    expect(page.get_by_text("3 events wait to be processed again.")).to_be_visible()
    process_events()
    page.get_by_role("link", name="All", exact=True).click()
    expect(page.get_by_text("Processed").first).to_be_visible()
    assert set(ReceivedEvent.objects.values_list("state", flat=True)) == {EventState.PROCESSED}
