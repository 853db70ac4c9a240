"""Incidents by hand: opening, reading, changing, resolving, reopening, correcting the cause."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.models import Deployment, FailureLink, Incident
from portal.audit.models import Entry
from portal.catalogue.models import Environment
from portal.catalogue.services import retire_application
from tests.kpis.raw_facts import add_change, add_deployment, add_incident

NOW = datetime(2026, 3, 4, 12, 0, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def bob(client, world):
    client.force_login(world.bob)
    return client


@pytest.fixture
def shipped(world):
    """Versions that went live two days, ten hours and two hours ago."""
    return {
        name: add_deployment(world.production, NOW - hours * HOUR, version=name)
        for name, hours in (("v1", 48), ("v2", 10), ("v3", 2))
    }


def opening(world, **values):
    return {
        "title": "Cards declined",
        "severity": "2",
        "opened_at": "2026-03-04T11:00:00",
        "environment": world.production.pk,
        "cause": "",
    } | values


def words(response):
    return " ".join(response.text.split())


def current(incident):
    link = FailureLink.objects.filter(incident=incident, is_current=True).first()
    return link and (link.deployment.version, link.rule)


# --- Opening ----------------------------------------------------------------------------------


def test_the_form_is_filled_with_now_in_the_viewers_zone(client, world):
    world.bob.zone = "Asia/Kolkata"
    world.bob.save()
    client.force_login(world.bob)
    text = words(client.get("/apps/checkout/incidents/new/"))
    assert 'value="2026-03-04T17:30:30"' in text
    assert "In your zone, Asia/Kolkata." in text


def test_what_the_rule_decided_is_said_with_the_reason(bob, world, shipped):
    response = bob.post("/apps/checkout/incidents/new/", opening(world), follow=True)
    incident = Incident.objects.get()
    assert response.redirect_chain == [(f"/incidents/{incident.pk}/", 302)]
    assert (incident.title, incident.severity) == ("Cards declined", 2)
    assert incident.opened_at == NOW.replace(hour=11, second=0)
    assert current(incident) == ("v3", "WINDOW")
    text = words(response)
    assert "Blamed on v3. It is the latest deployment that finished within 24 hours" in text
    assert "60%" in text
    assert Deployment.objects.get(version="v3").failed


def test_times_are_entered_in_the_viewers_zone(client, world, shipped):
    world.bob.zone = "America/Chicago"
    world.bob.save()
    client.force_login(world.bob)
    client.post("/apps/checkout/incidents/new/", opening(world, opened_at="2026-03-04T05:00"))
    assert Incident.objects.get().opened_at == NOW.replace(hour=11, second=0)


def test_without_a_deployment_in_the_window_the_page_says_so(bob, world):
    response = bob.post("/apps/checkout/incidents/new/", opening(world), follow=True)
    assert "No deployment finished within 24 hours before it began" in words(response)
    assert "Cause not known" in words(response)


def test_a_cause_can_be_chosen_at_once(bob, world, shipped):
    cause = shipped["v1"].pk
    bob.post("/apps/checkout/incidents/new/", opening(world, cause=cause))
    assert current(Incident.objects.get()) == ("v1", "PERSON")


def test_that_no_change_was_the_cause_can_be_said_at_once(bob, world, shipped):
    response = bob.post("/apps/checkout/incidents/new/", opening(world, cause="none"), follow=True)
    incident = Incident.objects.get()
    assert current(incident) is None
    assert incident.caused_by_change is False
    assert "no change caused it" in words(response)


def test_a_deployments_page_leads_to_the_form_with_the_cause_chosen(bob, world, shipped):
    pk = shipped["v2"].pk
    link = f"/apps/checkout/incidents/new/?cause={pk}"
    assert f'href="{link}"' in bob.get(f"/deployments/{pk}/").text
    assert f'<option value="{pk}" selected>' in words(bob.get(link))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"title": ""}, "This field is required."),
        ({"title": "x" * 201}, "at most 200 characters"),
        ({"severity": "9"}, "Select a valid choice"),
        ({"opened_at": ""}, "This field is required."),
        ({"opened_at": "yesterday"}, "Enter a valid date/time."),
        ({"opened_at": "2026-02-30T10:00"}, "Enter a valid date/time."),
        (
            {"opened_at": "2026-03-04T12:00:31"},
            "It is 4 Mar 2026, 12:00:30 in your zone; enter that or an earlier time.",
        ),
        ({"cause": "999999"}, "Select a valid choice"),
        ({"environment": "999999"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_and_says_how_to_mend_it(bob, world, values, message):
    response = bob.post("/apps/checkout/incidents/new/", opening(world, **values))
    assert response.status_code == 200
    assert message in words(response)
    assert not Incident.objects.exists()


def test_a_retired_application_has_no_new_incidents(bob, world):
    retire_application(application=world.checkout, reason="Old.", actor=world.bob, now=NOW)
    response = bob.post("/apps/checkout/incidents/new/", opening(world))
    assert "Checkout is retired. Revive it first." in words(response)
    assert not Incident.objects.exists()


def test_a_cause_that_came_later_is_refused_with_the_way_out(bob, world, shipped):
    values = opening(world, cause=shipped["v3"].pk, opened_at="2026-03-04T09:00")
    response = bob.post("/apps/checkout/incidents/new/", values)
    assert "That deployment finished after the incident began. Choose an earlier" in words(
        response
    )
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("entered", "expected"),
    [
        # The clocks of London skip 01:00 to 02:00 on 29 March 2026.
        (("Europe/London", "2026-03-29T01:30"), None),
        (("Europe/London", "2026-03-29T02:30"), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        # And repeat it on 25 October: the first one is meant.
        (("Europe/London", "2026-10-25T01:30"), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (("Europe/London", "2026-10-25T01:30+00:00"), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (("Asia/Kolkata", "2026-10-25T01:30"), datetime(2026, 10, 24, 20, tzinfo=UTC)),
    ],
)
def test_hours_that_clocks_skip_or_repeat(client, world, time_machine, entered, expected):
    time_machine.move_to(datetime(2026, 12, 1, tzinfo=UTC), tick=False)
    zone, entered = entered
    world.bob.zone = zone
    world.bob.save()
    client.force_login(world.bob)
    response = client.post("/apps/checkout/incidents/new/", opening(world, opened_at=entered))
    found = Incident.objects.values_list("opened_at", flat=True).first()
    assert found == expected
    assert expected or "The clocks in Europe/London skip this time." in words(response)


# --- Reading ----------------------------------------------------------------------------------


def test_an_incidents_page_stays_within_the_budget(bob, world, shipped):
    incident = opened(world, bob)
    with CaptureQueriesContext(connection) as queries:
        bob.get(f"/incidents/{incident.pk}/")
    assert len(queries) <= 12


def opened(world, client, **values):
    client.post("/apps/checkout/incidents/new/", opening(world, **values))
    return Incident.objects.latest("pk")


@pytest.mark.parametrize("path", ["/incidents/0/", "/deployments/0/", "/incidents/0/edit/"])
def test_what_is_not_there_is_not_found(bob, path):
    assert bob.get(path).status_code == 404


# --- Resolving and reopening ------------------------------------------------------------------


def test_an_incident_is_resolved_and_reopened(bob, world, shipped):
    incident = opened(world, bob)
    page = f"/incidents/{incident.pk}/"
    assert 'value="2026-03-04T12:00:30"' in words(bob.get(page))
    text = words(bob.post(f"{page}resolve/", {"resolved_at": "2026-03-04T11:38:00"}, follow=True))
    assert "38 min" in text
    assert Deployment.objects.get(version="v3").recovered_at == NOW.replace(
        minute=38, hour=11, second=0
    )
    assert "Reopen" in text
    text = words(bob.post(f"{page}reopen/", follow=True))
    assert "Incident reopened." in text
    assert "Still open" in text
    assert Deployment.objects.get(version="v3").recovered_at is None
    events = list(Entry.objects.order_by("pk").values_list("event", flat=True))
    assert events == ["kpis.incident.opened", "kpis.incident.resolved", "kpis.incident.reopened"]


@pytest.mark.parametrize(
    ("entered", "message"),
    [
        ("2026-03-04T10:59:59", "It began at 4 Mar 2026, 11:00:00. Enter a later time"),
        ("2026-03-04T13:00:00", "This is in the future."),
        ("", "This field is required."),
    ],
)
def test_an_end_that_cannot_be_is_refused(bob, world, entered, message):
    incident = opened(world, bob)
    response = bob.post(f"/incidents/{incident.pk}/resolve/", {"resolved_at": entered})
    assert message in words(response)
    incident.refresh_from_db()
    assert incident.resolved_at is None


def test_an_incident_that_opened_this_second_can_be_resolved_at_once(bob, world):
    incident = opened(world, bob, opened_at="2026-03-04T12:00:30")
    bob.post(f"/incidents/{incident.pk}/resolve/", {"resolved_at": "2026-03-04T12:00:30"})
    incident.refresh_from_db()
    assert incident.restore == timedelta(0)


def test_resolving_or_reopening_twice_says_what_is(bob, world):
    incident = opened(world, bob)
    page = f"/incidents/{incident.pk}/"
    assert "This incident is open; there is nothing to take back." in words(
        bob.post(f"{page}reopen/", follow=True)
    )
    bob.post(f"{page}resolve/", {"resolved_at": "2026-03-04T12:00:00"})
    again = bob.post(f"{page}resolve/", {"resolved_at": "2026-03-04T11:30:00"})
    assert again.status_code == 200
    assert Incident.objects.get().resolved_at == NOW.replace(second=0)


# --- Changing ---------------------------------------------------------------------------------


def test_changing_when_it_began_lets_the_rule_decide_anew(bob, world, shipped):
    incident = opened(world, bob)
    values = opening(world, title="Some cards declined", opened_at="2026-03-04T09:00:00")
    response = bob.post(f"/incidents/{incident.pk}/edit/", values, follow=True)
    assert current(incident) == ("v2", "WINDOW")
    text = words(response)
    assert "Incident changed. Blamed on v2." in text
    assert "Blamed before" in text
    assert not Deployment.objects.get(version="v3").failed


def test_the_change_form_is_filled_with_what_is(bob, world, shipped):
    incident = opened(world, bob)
    text = words(bob.get(f"/incidents/{incident.pk}/edit/"))
    assert 'value="Cards declined"' in text
    assert 'value="2026-03-04T11:00:00"' in text
    assert '<option value="2" selected>Major</option>' in text
    assert f'<option value="{world.production.pk}" selected>' in text


def test_a_beginning_after_the_end_is_refused_on_the_form(bob, world):
    incident = opened(world, bob)
    bob.post(f"/incidents/{incident.pk}/resolve/", {"resolved_at": "2026-03-04T11:30:00"})
    values = opening(world, opened_at="2026-03-04T11:45:00")
    response = bob.post(f"/incidents/{incident.pk}/edit/", values)
    assert "An incident cannot end before it began." in words(response)


# --- Correcting the cause ---------------------------------------------------------------------


def test_the_cause_is_corrected_with_a_reason_and_the_old_one_stays_readable(bob, world, shipped):
    incident = opened(world, bob)
    response = bob.post(
        f"/incidents/{incident.pk}/correct/",
        {"cause": shipped["v2"].pk, "reason": "The log names v2."},
        follow=True,
    )
    assert current(incident) == ("v2", "PERSON")
    text = words(response)
    assert "Cause corrected. Blamed on v2. Somebody said so." in text
    assert "by bob@example.com" in text
    assert "Blamed before" in text
    assert not Deployment.objects.get(version="v3").failed
    assert Entry.objects.latest("pk").texts.get().text == "The log names v2."


def test_no_change_as_the_cause_frees_the_deployment(bob, world, shipped):
    incident = opened(world, bob)
    bob.post(f"/incidents/{incident.pk}/correct/", {"cause": "none", "reason": "Power cut."})
    assert current(incident) is None
    assert not Deployment.objects.filter(failed=True).exists()
    assert "Not caused by a change" in words(bob.get(f"/incidents/{incident.pk}/"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cause": "none", "reason": "  "}, "This field is required."),
        ({"cause": "", "reason": "x"}, "This field is required."),
        ({"cause": "0", "reason": "x"}, "Select a valid choice"),
    ],
)
def test_a_correction_that_is_not_complete_is_refused_and_keeps_the_form_open(
    bob, world, shipped, values, message
):
    incident = opened(world, bob)
    response = bob.post(f"/incidents/{incident.pk}/correct/", values)
    assert message in words(response)
    assert "<details open>" in words(response)
    assert current(incident) == ("v3", "WINDOW")


def test_only_deployments_that_were_live_when_it_began_are_offered(bob, world, shipped):
    incident = opened(world, bob, opened_at="2026-03-04T09:00")
    offered = bob.get(f"/incidents/{incident.pk}/").context["correction"].fields["cause"].choices
    assert [value for value, _ in offered] == [
        "none",
        str(shipped["v2"].pk),
        str(shipped["v1"].pk),
    ]


# --- Who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["charlie", "eve", "audrey"])
def test_others_read_and_are_told_who_may_change(client, world, shipped, name):
    incident = add_incident(world.checkout, NOW - HOUR)
    client.force_login(getattr(world, name))
    page = words(client.get(f"/incidents/{incident.pk}/"))
    assert "Ask Alice (alice@example.com)" in page
    assert "Correct this" not in page
    assert "Resolve</button>" not in page
    base = f"/incidents/{incident.pk}"
    cause = {"cause": "none", "reason": "x"}
    answers = [
        client.get("/apps/checkout/incidents/new/"),
        client.post("/apps/checkout/incidents/new/", opening(world)),
        client.post(f"{base}/resolve/", {"resolved_at": "2026-03-04T12:00"}),
        client.post(f"{base}/reopen/"),
        client.post(f"{base}/correct/", cause),
        client.get(f"{base}/edit/"),
        client.post(f"{base}/edit/", opening(world)),
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert "Ask Alice (alice@example.com)" in words(answer)
    assert Incident.objects.count() == 1
    assert not Entry.objects.exists()


# --- A deployment's page ----------------------------------------------------------------------


def test_a_deployment_tells_its_whole_story(bob, world, shipped):
    v3 = shipped["v3"]
    change = add_change(v3, merge_seconds=600).change
    add_change(v3, credited=False, lead_seconds=None, is_bot=True)
    incident = opened(world, bob)
    bob.post(f"/incidents/{incident.pk}/resolve/", {"resolved_at": "2026-03-04T11:38:00"})
    text = words(bob.get(f"/deployments/{v3.pk}/"))
    assert change.sha[:8] in text
    assert "10 min" in text
    assert "Not counted" in text
    assert "Bot" in text
    assert f'<a href="/deployments/{shipped["v2"].pk}/">v2</a>' in text
    assert "Latest deployment within the window, 60%, by the rule" in text
    assert "1 h 38 min" in text
    order = ["Deployment succeeded", "Incident opened: Cards declined", "Incident ended"]
    places = [text.index(one) for one in order]
    assert places == sorted(places)


def test_a_remedy_and_what_it_remedies_lead_to_each_other(bob, world, shipped):
    back = add_deployment(
        world.production, NOW - HOUR, version="v2 again", kind="ROLLBACK", remedies=shipped["v3"]
    )
    FailureLink.objects.create(
        deployment=shipped["v3"],
        remedy=back,
        rule="ROLLBACK",
        confidence=90,
        decided_by="rule:rollback",
        decided_at=NOW,
    )
    assert f'href="/deployments/{back.pk}/">Rollback v2 again' in words(
        bob.get(f"/deployments/{shipped['v3'].pk}/")
    )
    text = words(bob.get(f"/deployments/{back.pk}/"))
    assert f'<a href="/deployments/{shipped["v3"].pk}/">v3</a>' in text
    assert "a rollback brings back what was live before" in text


def test_the_changes_of_a_deployment_come_in_pages_within_the_budget(bob, world, shipped):
    for _ in range(60):
        add_change(shipped["v3"])
    url = f"/deployments/{shipped['v3'].pk}/"
    with CaptureQueriesContext(connection) as queries:
        first = bob.get(url)
    assert len(queries) <= 12
    assert len(first.context["page"].rows) == 50
    rest = bob.get(url, {"place": first.context["page"].after})
    assert len(rest.context["page"].rows) == 10


def test_a_running_deployment_has_a_page(bob, world):
    running = add_deployment(world.production, None, status="RUNNING", started_at=NOW - HOUR)
    text = words(bob.get(f"/deployments/{running.pk}/"))
    assert "Running" in text
    assert "It broke something" not in text


def test_an_environment_that_is_not_production_is_said_not_to_count(bob, world):
    staging = Environment.objects.create(
        application=world.checkout, slug="staging", name="Staging"
    )
    shipped = add_deployment(staging, NOW - HOUR)
    assert "(KPIs count production)" in words(bob.get(f"/deployments/{shipped.pk}/"))
