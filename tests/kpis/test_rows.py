"""The rows behind every number: the same facts, the same counts, everywhere."""

import csv
import io
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.metrics.periods import parse_period
from kpis.models import COMPANY_ID, FailureLink, ScopeKind, ScopeMember
from portal.audit.models import Entry
from tests.factories import ApplicationFactory, EnvironmentFactory
from tests.kpis.raw_facts import add_change, add_deployment, add_incident

AT = datetime(2026, 2, 10, 12, tzinfo=UTC)
MONTH = {"grain": "month", "period": "2026-02"}


@pytest.fixture
def scopes(world):
    """Who counts where, as `refresh_scopes` keeps it."""
    for application in (world.checkout, world.loans):
        environments = list(application.environments.values_list("pk", flat=True))
        places = [
            (ScopeKind.APPLICATION, application.pk),
            (ScopeKind.COMPANY, COMPANY_ID),
            *((ScopeKind.TEAM, pk) for pk in application.owner.lineage),
        ]
        for kind, scope_id in places:
            ScopeMember.objects.create(
                scope_kind=kind,
                scope_id=scope_id,
                application=application,
                zone="UTC",
                environments=environments,
            )


@pytest.fixture
def bob(client, world, scopes):
    client.force_login(world.bob)
    return client


def page(client, facts, word="application", slug="checkout", **query):
    return client.get(f"/kpis/{word}/{slug}/{facts}/?{urlencode(MONTH | query)}")


def shown(response):
    return [row.pk for row in response.context["page"].rows]


def exported(response):
    text = response.getvalue().decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


# --- Which rows -------------------------------------------------------------------------------


def test_only_finished_production_deployments_count(bob, world):
    staging = EnvironmentFactory.create(
        application=world.checkout, slug="staging", is_production=False
    )
    good = add_deployment(world.production, AT)
    bad = add_deployment(world.production, AT + timedelta(hours=1), status="FAILED")
    add_deployment(world.production, AT, status="CANCELLED")
    add_deployment(world.production, None, status="RUNNING", started_at=AT)
    add_deployment(staging, AT)
    assert shown(page(bob, "deployments")) == [bad.pk, good.pk]


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("all", "abcd"),
        ("succeeded", "acd"),
        ("failed", "ad"),
        ("recovered", "d"),
        ("unplanned", "c"),
        ("unsuccessful", "b"),
        ("nonsense", ""),
    ],
)
def test_tabs_choose_deployments(bob, world, show, expected):
    a = add_deployment(world.production, AT, failed=True)
    b = add_deployment(world.production, AT, status="FAILED", unplanned=True)
    c = add_deployment(world.production, AT, kind="HOTFIX", unplanned=True)
    d = add_deployment(world.production, AT, failed=True, recovered_at=AT + timedelta(hours=1))
    names = {a.pk: "a", b.pk: "b", c.pk: "c", d.pk: "d"}
    found = page(bob, "deployments", show=show)
    assert "".join(sorted(names[pk] for pk in shown(found))) == expected


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("all", "abcd"),
        ("merged", "abc"),
        ("fast", "ab"),
        ("slow", "c"),
        ("unmerged", "d"),
        ("bots", "b"),
        ("uncredited", "e"),
    ],
)
def test_tabs_choose_changes(bob, world, show, expected):
    deployment = add_deployment(world.production, AT)
    rows = {
        "a": add_change(deployment, merge_seconds=900),
        "b": add_change(deployment, merge_seconds=0, is_bot=True),
        "c": add_change(deployment, merge_seconds=901),
        "d": add_change(deployment, merge_seconds=None),
        "e": add_change(deployment, merge_seconds=10, credited=False, lead_seconds=None),
    }
    names = {row.pk: name for name, row in rows.items()}
    found = page(bob, "changes", show=show)
    assert "".join(sorted(names[pk] for pk in shown(found))) == expected


def blame(incident, deployment, **fields):
    return FailureLink.objects.create(
        **{
            "incident": incident,
            "deployment": deployment,
            "rule": "WINDOW",
            "confidence": 60,
            "decided_by": "system:rules",
            "decided_at": AT,
        }
        | fields
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "abcd"),
        ({"show": "open"}, "b"),
        ({"show": "blamed"}, "a"),
        ({"show": "not-a-change"}, "c"),
        ({"show": "unattributed"}, "bd"),
        ({"severity": 1}, "b"),
        ({"severity": 9}, ""),
        ({"q": "TIME"}, "c"),
    ],
)
def test_tabs_and_filters_choose_incidents(bob, world, query, expected):
    later = AT + timedelta(hours=2)
    deployment = add_deployment(world.production, AT)
    rows = {
        "a": add_incident(world.checkout, AT, resolved_at=later),
        "b": add_incident(world.checkout, AT, severity=1),
        "c": add_incident(
            world.checkout, AT, resolved_at=later, caused_by_change=False, title="Time-outs"
        ),
        "d": add_incident(world.checkout, AT, resolved_at=later, environment=world.production),
    }
    blame(rows["a"], deployment)
    blame(rows["d"], deployment, is_current=False)
    names = {row.pk: name for name, row in rows.items()}
    found = page(bob, "incidents", **query)
    assert "".join(sorted(names[pk] for pk in shown(found))) == expected


def test_incidents_of_other_environments_do_not_count(bob, world):
    staging = EnvironmentFactory.create(
        application=world.checkout, slug="staging", is_production=False
    )
    add_incident(world.checkout, AT, environment=staging)
    assert shown(page(bob, "incidents")) == []


def test_a_scope_has_the_rows_of_everything_below_it(bob, world):
    elsewhere = EnvironmentFactory.create(application=world.loans)
    here, there = add_deployment(world.production, AT), add_deployment(elsewhere, AT)
    expected = {
        ("application", "checkout"): {here.pk},
        ("team", "acquiring"): {here.pk},
        ("team", "payments"): {here.pk},
        ("team", "lending"): {there.pk},
        ("company", "all"): {here.pk, there.pk},
    }
    for (word, slug), pks in expected.items():
        assert set(shown(page(bob, "deployments", word, slug))) == pks


def test_a_period_is_half_open_in_the_zone_of_the_scope(bob, world):
    """Acquiring's days are those of Kolkata, five and a half hours before UTC's."""
    begin = datetime(2026, 1, 31, 18, 30, tzinfo=UTC)
    end = datetime(2026, 2, 28, 18, 30, tzinfo=UTC)
    second = timedelta(seconds=1)
    inside = [add_deployment(world.production, at).pk for at in (end - second, begin)]
    add_deployment(world.production, begin - second)
    add_deployment(world.production, end)
    response = page(bob, "deployments")
    assert shown(response) == inside
    assert "by the days of Asia/Kolkata" in " ".join(response.text.split())


@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_without_a_period_the_last_complete_one_is_shown(bob, world, time_machine, grain):
    time_machine.move_to(datetime(2026, 3, 4, 12, tzinfo=UTC))
    response = bob.get(f"/kpis/application/checkout/deployments/?grain={grain}")
    keys = {"day": "2026-03-03", "week": "2026-W09", "month": "2026-02"}
    assert response.context["period"] == parse_period(grain, keys[grain])


@pytest.mark.parametrize(
    "path",
    [
        "/kpis/application/nothing/deployments/",
        "/kpis/planet/checkout/deployments/",
        "/kpis/company/checkout/deployments/",
        "/kpis/team/acquiring/changes/?grain=year",
        "/kpis/team/acquiring/changes/?grain=month&period=2026-13",
        "/kpis/team/acquiring/changes/?grain=month&period=2026-W01",
    ],
)
def test_an_address_of_nothing_is_not_found(bob, path):
    assert bob.get(path).status_code == 404


# --- Search, order, pages ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"), [("1.2", "a"), ("ADA", "b"), ("check", "ab"), ("100%", ""), ("\0", "")]
)
def test_deployments_are_searched_by_version_application_and_person(bob, world, query, expected):
    rows = {
        "a": add_deployment(world.production, AT, version="v1.2.3"),
        "b": add_deployment(world.production, AT, deployer="Ada"),
    }
    names = {row.pk: name for name, row in rows.items()}
    found = page(bob, "deployments", q=query)
    assert "".join(sorted(names[pk] for pk in shown(found))) == expected


def test_changes_are_searched_by_the_start_of_the_sha_too(bob, world):
    row = add_change(add_deployment(world.production, AT))
    add_change(row.deployment)
    assert shown(page(bob, "changes", q=row.change.sha.upper())) == [row.pk]
    assert shown(page(bob, "changes", q=row.change.sha[5:12] + "f")) == []


def test_the_kind_of_a_deployment_can_be_chosen(bob, world):
    hotfix = add_deployment(world.production, AT, kind="HOTFIX")
    add_deployment(world.production, AT)
    assert shown(page(bob, "deployments", kind="HOTFIX")) == [hotfix.pk]


@pytest.mark.parametrize(
    ("facts", "sort", "expected"),
    [
        ("deployments", "newest", [2, 1, 0]),
        ("deployments", "oldest", [0, 1, 2]),
        ("deployments", "recovery", [1, 0, 2]),
        ("changes", "newest", [2, 1, 0]),
        ("changes", "oldest", [0, 1, 2]),
        ("changes", "lead", [1, 2, 0]),
        ("changes", "merge", [0, 2, 1]),
        ("incidents", "newest", [2, 1, 0]),
        ("incidents", "oldest", [0, 1, 2]),
        ("incidents", "severity", [1, 0, 2]),
        ("incidents", "restore", [1, 0, 2]),
    ],
)
def test_rows_come_in_the_chosen_order(bob, world, facts, sort, expected):
    hour = timedelta(hours=1)
    times = [AT, AT + hour, AT + 2 * hour]
    ends = [AT + 1.5 * hour, AT + 9 * hour, None]
    deployments = [
        add_deployment(world.production, at, failed=end is not None, recovered_at=end)
        for at, end in zip(times, ends, strict=True)
    ]
    spans = [(5, 500), (50, None), (20, 0)]
    changes = [
        add_change(one, lead_seconds=lead, merge_seconds=merge)
        for one, (lead, merge) in zip(deployments, spans, strict=True)
    ]
    incidents = [
        add_incident(world.checkout, at, resolved_at=end, severity=severity)
        for at, end, severity in zip(times, ends, (2, 1, 3), strict=True)
    ]
    rows = {"deployments": deployments, "changes": changes, "incidents": incidents}[facts]
    assert shown(page(bob, facts, sort=sort)) == [rows[index].pk for index in expected]


def populate(world, number):
    for index in range(number):
        at = AT + timedelta(minutes=index)
        deployment = add_deployment(world.production, at, version=f"v{index}", failed=True)
        add_change(deployment, merge_seconds=index)
        blame(add_incident(world.checkout, at), deployment)


@pytest.mark.parametrize("facts", ["deployments", "changes", "incidents"])
@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_pages_lead_through_all_rows_in_few_queries(bob, world, facts, sort):
    populate(world, 120)
    seen, place = [], ""
    while True:
        with CaptureQueriesContext(connection) as queries:
            response = page(bob, facts, "team", "payments", sort=sort, place=place)
        assert len(queries) <= 12
        seen += shown(response)
        place = response.context["page"].after
        if not place:
            break
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize("facts", ["deployments", "changes", "incidents"])
def test_the_number_of_queries_does_not_grow_with_the_rows(bob, world, facts):
    numbers = []
    for size in (2, 30):
        populate(world, size)
        with CaptureQueriesContext(connection) as queries:
            page(bob, facts, "company", "all")
        numbers.append(len(queries))
    assert numbers[0] == numbers[1] <= 12


# --- What a row says --------------------------------------------------------------------------


def words(response):
    return " ".join(response.text.split())


def test_a_failed_deployment_says_by_which_rule_and_links_to_the_evidence(bob, world):
    deployment = add_deployment(
        world.production, AT, version="v7", failed=True, recovered_at=AT + timedelta(minutes=38)
    )
    incident = add_incident(world.checkout, AT, title="Cards <declined>")
    blame(incident, deployment)
    text = words(page(bob, "deployments"))
    assert f'<a href="/incidents/{incident.pk}/">Cards &lt;declined&gt;</a>' in text
    assert "Latest deployment within the window, 60%" in text
    assert "38 min" in text


def test_an_incident_says_what_caused_it(bob, world):
    deployment = add_deployment(world.production, AT, version="v7")
    blame(add_incident(world.checkout, AT), deployment)
    text = words(page(bob, "incidents"))
    assert f'<a href="/deployments/{deployment.pk}/">v7</a>' in text
    add_incident(world.checkout, AT, caused_by_change=False)
    add_incident(world.checkout, AT)
    text = words(page(bob, "incidents"))
    assert "Not caused by a change" in text
    assert "Cause not known" in text


def test_an_empty_period_says_so_and_leads_on(bob):
    text = words(page(bob, "deployments"))
    assert "No deployments in February 2026" in text
    assert 'href="/apps/checkout/"' in text


def test_filters_without_a_match_offer_all_rows(bob, world):
    add_deployment(world.production, AT)
    text = words(page(bob, "deployments", q="nothing"))
    assert "Nothing fits" in text
    assert "Show all" in text


# --- Export -----------------------------------------------------------------------------------


def test_an_export_has_the_filtered_rows_and_is_on_record(bob, world):
    deployment = add_deployment(world.production, AT, version="=cmd|' /C calc'!A0", failed=True)
    add_change(deployment)
    blame(add_incident(world.checkout, AT), deployment)
    add_deployment(world.production, AT, version="v2")
    lines = exported(page(bob, "deployments", show="failed", format="csv"))
    assert len(lines) == 1
    assert lines[0]["version"] == "'=cmd|' /C calc'!A0"
    assert lines[0]["finished_at"] == "2026-02-10T12:00:00Z"
    assert (lines[0]["changes"], lines[0]["failure_rules"]) == ("1", "WINDOW")
    entry = Entry.objects.latest("pk")
    assert (entry.event, entry.actor, entry.subject) == (
        "kpis.facts.exported",
        "user:bob@example.com",
        "application:checkout",
    )
    assert b'"filters":"2026-02 show=failed"' in bytes(entry.body)
    assert b'"rows":1' in bytes(entry.body)


@pytest.mark.parametrize("facts", ["deployments", "changes", "incidents"])
def test_an_export_has_all_pages(bob, world, facts):
    populate(world, 60)
    assert len(exported(page(bob, facts, "company", "all", format="csv"))) == 60


def test_an_export_writes_every_column_of_changes_and_incidents(bob, world):
    deployment = add_deployment(world.production, AT, version="v1")
    row = add_change(deployment, merge_seconds=30)
    incident = add_incident(world.checkout, AT, severity=2)
    blame(incident, deployment)
    (change,) = exported(page(bob, "changes", format="csv"))
    assert change["sha"] == row.change.sha
    assert (change["lead_seconds"], change["merge_to_production_seconds"]) == ("60", "30")
    assert (change["deployment"], change["counted"]) == ("v1", "True")
    (line,) = exported(page(bob, "incidents", format="csv"))
    assert (line["severity"], line["deployment"], line["confidence"]) == ("2", "v1", "60")


def test_an_unknown_application_of_the_company_shows_by_name(bob, world):
    other = ApplicationFactory.create(name="Refunds", owner=world.lending)
    environment = EnvironmentFactory.create(application=other)
    add_deployment(environment, AT)
    assert "Refunds" in page(bob, "deployments", "company", "all").text


def test_an_htmx_request_gets_the_table_alone(bob, world):
    add_deployment(world.production, AT)
    response = bob.get(
        f"/kpis/application/checkout/deployments/?{urlencode(MONTH)}",
        headers={"HX-Request": "true"},
    )
    assert response.text.strip().startswith('<div id="table"')
