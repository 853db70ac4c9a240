"""The checklist of an application, and the page that shows how it sends its first deployment."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from kpis.services.firsts import note_first_deployments
from portal.api.models import ApiToken
from portal.api.services.authentication import authenticate
from portal.api.types import Scope
from portal.audit.models import Entry
from portal.catalogue.selectors import applications_visible_to, with_facts
from portal.home.selectors.checklist import checklist_of
from tests.factories import ApplicationFactory, EnvironmentFactory
from tests.kpis.raw_facts import add_deployment


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now)


@pytest.fixture
def bob(client, world):
    client.force_login(world.bob)
    return client


@pytest.fixture
def bare(world):
    application = ApplicationFactory.create(slug="refunds", name="Refunds", owner=world.acquiring)
    EnvironmentFactory.create(application=application, slug="live", name="Live")
    return application


def steps(world, slug):
    found = with_facts(applications_visible_to(world.bob)).get(slug=slug)
    return {step.title: step.is_done for step in checklist_of(found).steps}


def deployed(application, now):
    add_deployment(application.environments.get(), now)
    note_first_deployments([application.pk], now=now)


def test_a_new_application_has_everything_before_it_but_its_registration(world, bare):
    assert [title for title, is_done in steps(world, "refunds").items() if is_done] == [
        "Register it"
    ]


def test_each_fact_ticks_its_step(world, bare, now):
    bare.description, bare.runbook_url = "Gives money back.", "https://wiki.example.com/refunds"
    bare.save()
    bare.repositories.create(url="https://git.example.com/refunds.git")
    deployed(bare, now)
    assert all(steps(world, "refunds").values())


def test_the_page_leads_with_the_step_that_is_next(bob, bare):
    shown = bob.get("/apps/refunds/").content.decode()
    assert "1 of 5 done" in shown
    assert reverse("first-deployment", args=["refunds"]) in shown
    assert 'hx-get="/apps/refunds/checklist/"' in shown


def test_what_delivers_is_shown_only_what_is_open(bob, bare, now):
    deployed(bare, now)
    card = bob.get("/apps/refunds/checklist/").content.decode()
    assert "2 of 5 done" in card
    assert card.count('class="step"') == 3
    assert "Register it" not in card


def test_the_checklist_stops_asking_when_it_is_complete(bob, world, bare, now):
    bare.description, bare.runbook_url = "Gives money back.", "https://wiki.example.com/refunds"
    bare.save()
    bare.repositories.create(url="https://git.example.com/refunds.git")
    deployed(bare, now)
    card = bob.get("/apps/refunds/checklist/").content.decode()
    assert "All done" in card
    assert "hx-get" not in card
    assert 'id="checklist"' not in bob.get("/apps/refunds/").content.decode()


def test_who_may_not_change_it_sees_the_steps_without_buttons(client, world, bare):
    client.force_login(world.audrey)
    card = client.get("/apps/refunds/checklist/").content.decode()
    assert "To do" in card
    assert "<a " not in card


def test_a_fresh_token_is_in_the_command_once_and_may_do_nothing_but_send_events(bob, bare, now):
    address = "/apps/refunds/first-deployment/"
    assert "$QUARTERDECK_TOKEN" in bob.get(address).content.decode()
    response = bob.post(address)
    assert "no-store" in response["Cache-Control"]
    (secret,) = set(re.findall(r"qd_pipeline_\w+", response.content.decode()))
    principal = authenticate(bearer=secret, now=now)
    assert principal.application_id == bare.pk
    assert principal.scopes == frozenset({Scope.EVENTS_WRITE})
    assert secret not in bob.get(address).content.decode()
    assert Entry.objects.latest("id").event == "api.token.created"


def test_a_second_token_takes_the_next_name_and_a_revoked_one_frees_its_name(bob, bare, now):
    for _ in range(2):
        bob.post("/apps/refunds/first-deployment/")
    names = ApiToken.objects.order_by("pk").values_list("name", flat=True)
    assert list(names.all()) == ["pipeline", "pipeline-2"]
    ApiToken.objects.filter(name="pipeline").update(revoked_at=now)
    bob.post("/apps/refunds/first-deployment/")
    assert list(names.all()) == ["pipeline", "pipeline-2", "pipeline"]


def test_the_command_names_the_production_environment(bob, bare):
    shown = bob.get("/apps/refunds/first-deployment/").context["command"]
    assert r"\"environment\": \"live\"" in shown
    assert "/api/v1/events " in shown


@pytest.mark.parametrize("name", ["charlie", "eve", "audrey"])
def test_only_who_works_on_it_gets_a_token(client, world, bare, name):
    client.force_login(getattr(world, name))
    for method in (client.get, client.post):
        assert method("/apps/refunds/first-deployment/").status_code == 403
    assert not ApiToken.objects.exists()


def test_the_page_notices_the_arrival(bob, bare, now):
    address = "/apps/refunds/first-deployment/arrival/"
    assert "Waiting" in bob.get(address).content.decode()
    deployed(bare, now - timedelta(days=1))
    arrived = bob.get(address).content.decode()
    assert "It has arrived" in arrived
    assert "hx-get" not in arrived
