"""The demo company: deterministic, true to the rules of the facts, and worth looking at."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F

from kpis.models import (
    Change,
    ChangeInDeployment,
    Deployment,
    FailureLink,
    Grain,
    Incident,
    Mark,
    Rollup,
    ScopeKind,
)
from kpis.services.attribution import attribute, link_remedies, settle
from kpis.services.history import record_history
from kpis.types import ChangeFact, DeploymentFact
from portal.accounts.models import Role, User
from portal.audit.events import AuditEvent
from portal.catalogue.models import (
    Application,
    Attestation,
    Dependency,
    Environment,
    Membership,
    System,
    Team,
    TeamKind,
    TransferRequest,
)
from portal.catalogue.selectors.attestation import in_state
from portal.catalogue.selectors.neighbourhood import neighbourhood
from portal.home.services.demo.company import STANDARD_APPLICATIONS, company
from portal.home.services.demo.landscape import dependencies
from portal.home.services.demo.load import AlreadySeededError, PortalNotEmptyError, seed_demo
from portal.home.services.demo.people import DEMO_PASSWORD, DEMO_SIGN_INS
from tests.factories import UserFactory

UNTIL = date(2026, 3, 1)
NOW = datetime.fromisoformat("2026-03-01T09:00:00Z")


def seed(
    applications=STANDARD_APPLICATIONS, deployments=2_500, seed=1, until=UNTIL, *, force=False
):
    return seed_demo(
        applications=applications,
        deployments=deployments,
        seed=seed,
        until=until,
        force=force,
        actor="command:test",
        now=NOW,
    )


@pytest.fixture
def demo(db):
    return seed()


def rows(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


RULES = {
    "the first success of an environment is its baseline, and no other": """
        SELECT id FROM (
            SELECT id, is_baseline, status = 'SUCCEEDED' AND row_number() OVER (
                PARTITION BY environment_id, status = 'SUCCEEDED' ORDER BY finished_at) = 1 AS first
            FROM kpis_deployment) d WHERE is_baseline <> first""",
    "deployments of an environment finish one at a time": """
        SELECT environment_id FROM kpis_deployment GROUP BY environment_id, finished_at
        HAVING count(*) > 1""",
    "a deployment starts before it finishes": """
        SELECT id FROM kpis_deployment WHERE started_at >= finished_at""",
    "the commit before is that of the success before": """
        SELECT d.id FROM kpis_deployment d JOIN kpis_deploymentcommit c ON c.deployment_id = d.id
        WHERE c.previous_sha <> coalesce((
            SELECT pc.sha FROM kpis_deployment p
            JOIN kpis_deploymentcommit pc ON pc.deployment_id = p.id
            WHERE p.environment_id = d.environment_id AND p.status = 'SUCCEEDED'
            AND p.finished_at < d.finished_at AND d.status = 'SUCCEEDED'
            ORDER BY p.finished_at DESC LIMIT 1), '')""",
    "a success puts the newest of its changes live": """
        SELECT d.id FROM kpis_deployment d JOIN kpis_deploymentcommit c ON c.deployment_id = d.id
        WHERE d.status = 'SUCCEEDED' AND d.kind <> 'ROLLBACK' AND NOT EXISTS (
            SELECT FROM kpis_changeindeployment i JOIN kpis_change h ON h.id = i.change_id
            WHERE i.deployment_id = d.id AND h.sha = c.sha AND h.committed_at = (
                SELECT max(h2.committed_at) FROM kpis_changeindeployment i2
                JOIN kpis_change h2 ON h2.id = i2.change_id WHERE i2.deployment_id = d.id))""",
    "a rollback returns to what was live before the deployment it mends": """
        SELECT r.id FROM kpis_deployment r JOIN kpis_deploymentcommit rc ON rc.deployment_id = r.id
        JOIN kpis_deploymentcommit mc ON mc.deployment_id = r.remedies_id
        WHERE r.kind = 'ROLLBACK' AND rc.sha <> mc.previous_sha""",
    "a remedy follows what it mends in the same environment": """
        SELECT r.id FROM kpis_deployment r JOIN kpis_deployment m ON m.id = r.remedies_id
        WHERE r.environment_id <> m.environment_id OR r.finished_at <= m.finished_at""",
    "rollbacks and hotfixes mend something, planned deployments nothing": """
        SELECT id FROM kpis_deployment WHERE (kind = 'PLANNED') <> (remedies_id IS NULL)""",
    "every remedy has its failure link, and every such link its remedy": """
        SELECT d.id FROM kpis_deployment d FULL JOIN (
            SELECT * FROM kpis_failurelink WHERE remedy_id IS NOT NULL AND is_current) l
        ON l.remedy_id = d.id
        WHERE (d.remedies_id IS NOT NULL OR l.id IS NOT NULL)
        AND (l.deployment_id IS DISTINCT FROM d.remedies_id OR l.rule <> d.kind)""",
    "failed means blamed by a current link": """
        SELECT id FROM kpis_deployment d WHERE failed <> EXISTS (
            SELECT FROM kpis_failurelink l WHERE l.deployment_id = d.id AND l.is_current)""",
    "what finished badly is not also blamed": """
        SELECT id FROM kpis_deployment WHERE failed AND status <> 'SUCCEEDED'""",
    "recovered at the first end that a current link tells of": """
        SELECT d.id FROM kpis_deployment d LEFT JOIN LATERAL (
            SELECT min(coalesce(i.resolved_at, r.finished_at)) AS ended FROM kpis_failurelink l
            LEFT JOIN kpis_incident i ON i.id = l.incident_id
            LEFT JOIN kpis_deployment r ON r.id = l.remedy_id
            WHERE l.deployment_id = d.id AND l.is_current) l ON true
        WHERE d.recovered_at IS DISTINCT FROM l.ended""",
    "unplanned means made to mend": """
        SELECT id FROM kpis_deployment WHERE unplanned <> (kind IN ('ROLLBACK', 'HOTFIX'))""",
    "the rules of links are in the order of precedence": """
        SELECT l.id FROM kpis_failurelink l JOIN kpis_incident i ON i.id = l.incident_id
        WHERE l.is_current AND l.rule <> 'PERSON' AND l.rule <> coalesce((
            SELECT r.kind FROM kpis_deployment r WHERE r.remedies_id = l.deployment_id
            AND r.finished_at BETWEEN i.opened_at AND i.resolved_at LIMIT 1), 'WINDOW')""",
    "the window blames the latest success within a day before the incident": """
        SELECT l.id FROM kpis_failurelink l JOIN kpis_incident i ON i.id = l.incident_id
        WHERE l.rule = 'WINDOW' AND l.deployment_id IS DISTINCT FROM (
            SELECT d.id FROM kpis_deployment d WHERE d.environment_id = i.environment_id
            AND d.status = 'SUCCEEDED' AND d.finished_at <= i.opened_at
            AND d.finished_at >= i.opened_at - interval '24 hours'
            ORDER BY d.finished_at DESC LIMIT 1)""",
    "an incident that the window could blame is blamed, or somebody said no": """
        SELECT i.id FROM kpis_incident i WHERE i.caused_by_change AND NOT EXISTS (
            SELECT FROM kpis_failurelink l WHERE l.incident_id = i.id AND l.is_current)
        AND EXISTS (
            SELECT FROM kpis_deployment d WHERE d.environment_id = i.environment_id
            AND d.status = 'SUCCEEDED' AND d.finished_at <= i.opened_at
            AND d.finished_at >= i.opened_at - interval '24 hours')""",
    "what no change caused blames nothing": """
        SELECT i.id FROM kpis_incident i JOIN kpis_failurelink l ON l.incident_id = i.id
        WHERE l.is_current AND NOT i.caused_by_change""",
    "an incident is opened, acknowledged, resolved": """
        SELECT id FROM kpis_incident WHERE acknowledged_at < opened_at
        OR resolved_at < acknowledged_at""",
    "a change is first live once, with the finish of a success, in its own application": """
        SELECT i.id FROM kpis_changeindeployment i JOIN kpis_deployment d ON d.id = i.deployment_id
        JOIN kpis_change c ON c.id = i.change_id
        WHERE i.live_at <> d.finished_at OR d.status <> 'SUCCEEDED'
        OR i.environment_id <> d.environment_id OR i.application_id <> d.application_id
        OR c.application_id <> d.application_id OR i.is_bot <> c.is_bot""",
    "spans are the differences of their instants": """
        SELECT i.id FROM kpis_changeindeployment i JOIN kpis_change c ON c.id = i.change_id
        WHERE (lead_seconds, merge_seconds, coding_seconds, pickup_seconds, review_seconds)
        IS DISTINCT FROM (
            extract(epoch FROM live_at - authored_at)::int,
            extract(epoch FROM live_at - merged_at)::int,
            CASE WHEN NOT c.is_bot THEN extract(epoch FROM opened_at - authored_at)::int END,
            CASE WHEN NOT c.is_bot THEN extract(epoch FROM reviewed_at - opened_at)::int END,
            CASE WHEN NOT c.is_bot THEN extract(epoch FROM merged_at - reviewed_at)::int END)""",
    "no span is negative": """
        SELECT id FROM kpis_changeindeployment
        WHERE least(lead_seconds, merge_seconds, coding_seconds, pickup_seconds, review_seconds) < 0
        """,
    "what a baseline contains earns no lead time, all else does": """
        SELECT i.id FROM kpis_changeindeployment i JOIN kpis_deployment d ON d.id = i.deployment_id
        WHERE i.credited = d.is_baseline""",
    "a change comes after the success before the one that it is live with": """
        SELECT i.id FROM kpis_changeindeployment i JOIN kpis_change c ON c.id = i.change_id
        JOIN kpis_deployment p ON p.environment_id = i.environment_id AND p.status = 'SUCCEEDED'
        AND p.finished_at < i.live_at AND p.finished_at > c.committed_at""",
    "a hotfix is what hotfix deployments contain": """
        SELECT i.id FROM kpis_changeindeployment i JOIN kpis_deployment d ON d.id = i.deployment_id
        JOIN kpis_change c ON c.id = i.change_id WHERE c.is_hotfix <> (d.kind = 'HOTFIX')""",
    "the lineage of a team is its parent's and itself": """
        SELECT t.id FROM catalogue_team t LEFT JOIN catalogue_team p ON p.id = t.parent_id
        WHERE t.lineage <> coalesce(p.lineage, '{}') || t.id""",
    "the open period of ownership names the owner, and every application has one": """
        SELECT a.id FROM catalogue_application a LEFT JOIN catalogue_ownershipperiod p
        ON p.application_id = a.id AND p.until IS NULL
        WHERE p.id IS NULL OR p.team_id IS DISTINCT FROM a.owner_id""",
    "periods of ownership follow each other without a gap": """
        SELECT p.id FROM catalogue_ownershipperiod p
        WHERE p.until IS NOT NULL AND NOT EXISTS (SELECT FROM catalogue_ownershipperiod n
        WHERE n.application_id = p.application_id AND n.since = p.until)""",
    "facts are in the production of their application": """
        SELECT d.id FROM kpis_deployment d JOIN catalogue_environment e ON e.id = d.environment_id
        WHERE NOT e.is_production OR e.application_id <> d.application_id""",
    "nothing happens after the end of the history": """
        SELECT id FROM kpis_deployment WHERE finished_at >= '2026-03-01T00:00Z'
        UNION ALL SELECT id FROM kpis_incident
        WHERE greatest(opened_at, acknowledged_at, resolved_at) >= '2026-03-01T00:00Z'""",
}


def broken_rules():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {rule: found[:5] for rule, query in RULES.items() if (found := rows(query))}


def test_no_fact_breaks_a_rule(db):
    seed(deployments=6_000)
    assert broken_rules() == {}


def as_told(application):
    """Return the stored facts of an application as a source would tell them."""
    contents = defaultdict(list)
    for deployment, sha in ChangeInDeployment.objects.filter(application=application).values_list(
        "deployment", "change__sha"
    ):
        contents[deployment].append(sha)
    deployments = [
        DeploymentFact(
            external_id=each.external_id,
            version=each.version,
            sha=each.commits.all()[0].sha,
            status=each.status,
            kind=each.kind,
            finished_at=each.finished_at,
            started_at=each.started_at,
            contains=contents[each.pk],
            remedies=each.remedies.external_id if each.remedies else "",
            deployer=each.deployer,
            url=each.url,
        )
        for each in application.deployments.select_related("remedies").prefetch_related("commits")
    ]
    names = [field.name for field in fields(ChangeFact)]
    return deployments, [ChangeFact(**row) for row in application.changes.values(*names)]


def test_the_services_would_have_written_the_same(db):
    seed(deployments=2_000)
    before = facts(), set(FailureLink.objects.values_list())
    for application in Application.objects.filter(deployments__isnull=False).distinct():
        deployments, changes = as_told(application)
        outcome = record_history(
            application=application,
            environment=application.environments.get(is_production=True),
            repository=application.repositories.get(),
            source="demo",
            deployments=deployments,
            changes=changes,
            actor="command:test",
            now=NOW,
        )
        assert not outcome.changed
        ids = set(application.deployments.values_list("pk", flat=True))
        long_ago = NOW - timedelta(days=1000)
        assert not link_remedies(ids, now=NOW)
        assert not attribute(application.pk, since=long_ago, until=NOW, now=NOW)
        settle(ids)
    assert (facts(), set(FailureLink.objects.values_list())) == before


def test_the_rules_see_a_broken_fact(demo):
    Deployment.objects.filter(is_baseline=True).update(is_baseline=False)
    FailureLink.objects.filter(remedy=None).update(is_current=False)
    ChangeInDeployment.objects.update(lead_seconds=F("lead_seconds") + 1)
    Deployment.objects.filter(unplanned=True).update(recovered_at=None, unplanned=False)
    assert {
        "the first success of an environment is its baseline, and no other",
        "failed means blamed by a current link",
        "spans are the differences of their instants",
        "unplanned means made to mend",
        "what a baseline contains earns no lead time, all else does",
    } <= broken_rules().keys()


def facts():
    """Everything that was written, ids aside, as one digest."""
    digest = hashlib.sha256()
    for query in (
        """SELECT a.slug, a.name, tier, lifecycle, registered_at, attested_at, retired_at, tags,
           s.slug FROM catalogue_application a LEFT JOIN catalogue_system s ON s.id = a.system_id
           ORDER BY 1""",
        """SELECT f.slug, t.slug, d.kind, d.note FROM catalogue_dependency d
           JOIN catalogue_application f ON f.id = d.from_application_id
           JOIN catalogue_application t ON t.id = d.to_application_id ORDER BY 1, 2""",
        """SELECT a.slug, t.slug, p.since, p.until, p.change, p.reason
           FROM catalogue_ownershipperiod p JOIN catalogue_application a ON a.id = p.application_id
           LEFT JOIN catalogue_team t ON t.id = p.team_id ORDER BY 1, 3""",
        "SELECT reason, requested_at, expires_at FROM catalogue_transferrequest ORDER BY 1",
        "SELECT email, name, role, zone, password, joined_at FROM accounts_user ORDER BY 1",
        """SELECT slug, finished_at, version, status, kind, url, deployer, failed, recovered_at,
           c.sha, c.previous_sha FROM kpis_deployment d
           JOIN kpis_deploymentcommit c ON c.deployment_id = d.id
           JOIN catalogue_application a ON a.id = d.application_id ORDER BY 1, 2""",
        """SELECT c.sha, title, author, is_revert, authored_at, opened_at, reviewed_at, merged_at,
           url, lead_seconds FROM kpis_change c
           JOIN kpis_changeindeployment i ON i.change_id = c.id ORDER BY 1""",
        """SELECT title, severity, opened_at, resolved_at, caused_by_change FROM kpis_incident
           ORDER BY opened_at, title""",
        """SELECT rule, confidence, decided_by, decided_at, is_current FROM kpis_failurelink
           ORDER BY 4, 1, 3""",
    ):
        digest.update(repr(rows(query)).encode())
    return digest.hexdigest()


def forget():
    tables = [
        model._meta.db_table
        for model in (
            FailureLink, Incident, ChangeInDeployment, Change, Deployment, Application, Team, User,
        )
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")


def test_the_same_seed_and_day_give_the_same_bytes(demo):
    first = facts()
    forget()
    seed()
    assert facts() == first


@pytest.mark.parametrize("other", [{"seed": 2}, {"until": UNTIL - timedelta(days=1)}])
def test_another_seed_or_day_gives_other_bytes(demo, other):
    first = facts()
    forget()
    seed(**other)
    assert facts() != first


def test_there_are_sixty_applications_of_nineteen_teams_and_about_ninety_people(demo):
    assert Application.objects.count() == 60
    assert Team.objects.filter(kind=TeamKind.TEAM).count() == 19
    assert 85 <= User.objects.count() <= 95
    assert set(Team.objects.values_list("zone", flat=True)) == {
        "Europe/London",
        "Asia/Kolkata",
        "America/Chicago",
    }
    assert Environment.objects.filter(is_production=True).count() == 60
    assert Application.objects.filter(owner=None).count() == 1
    leads = Membership.objects.filter(role="LEAD").values("team").annotate(n=Count("pk"))
    assert [row["n"] for row in leads] == [1] * 19


def test_there_is_somebody_to_sign_in_as_for_every_role(demo):
    assert {person.role for person in DEMO_SIGN_INS} == set(Role)
    for person in DEMO_SIGN_INS:
        user = authenticate(None, username=person.email, password=DEMO_PASSWORD)
        assert user is not None
        assert user.role == person.role
        assert person.look
    others = User.objects.exclude(email__in=[person.email for person in DEMO_SIGN_INS])
    assert not any(user.has_usable_password() for user in others)


def test_the_catalogue_has_something_to_see_in_every_corner(demo):
    now = datetime.combine(UNTIL, datetime.min.time(), tzinfo=UTC)
    for state in Attestation:
        assert Application.objects.filter(in_state(state, now)).exists(), state
    assert System.objects.count() == 10
    assert Application.objects.filter(system=None).exists()
    assert not Application.objects.filter(tags=[]).exists()
    assert TransferRequest.objects.filter(state="PENDING", expires_at__gt=now).count() == 1
    assert Dependency.objects.count() > 70
    assert {plan.needs for plan in dependencies(company(60))} <= {
        plan.slug for plan in company(60).applications
    }
    in_circle = neighbourhood(Application.objects.get(slug="sign-in"))
    ids = {(edge.from_application, edge.to_application) for edge in in_circle.edges}
    assert any((other, one) in ids for one, other in ids)


def test_a_large_company_has_hubs_and_applications_without_owner():
    large = company(10_000)
    needed = Counter(plan.needed for plan in dependencies(large))
    assert needed["event-lake"] > 2_000
    assert 40 <= sum(not plan.owner for plan in large.applications) <= 60


def test_seeding_is_one_audit_event(demo):
    events = rows("SELECT event, actor FROM audit_entry")
    assert events == [(AuditEvent.DEMO_SEEDED.value, "command:test")]


def test_ids_go_on_after_the_seeded_ones(demo, now):
    application = Application.objects.get(slug="payment-router")
    incident = Incident.objects.create(
        application=application, source="test", external_id="1", title="Later", opened_at=now
    )
    assert incident.pk == Incident.objects.count()


def test_indexes_and_constraints_are_back(db):
    query = """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid::regclass::text LIKE 'kpis_%' ORDER BY 1"""
    indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'kpis_%' ORDER BY 1"
    before = rows(query), rows(indexes)
    seed()
    assert (rows(query), rows(indexes)) == before


def test_a_portal_that_people_use_is_left_alone(db):
    UserFactory.create()
    with pytest.raises(PortalNotEmptyError):
        seed()
    assert seed(force=True).applications == STANDARD_APPLICATIONS


def test_a_second_time_is_refused_even_by_force(demo):
    with pytest.raises(AlreadySeededError):
        seed(force=True)


def test_the_command_refuses_where_settings_do_not_allow_it(db, settings):
    settings.DEMO_ALLOWED = False
    with pytest.raises(CommandError, match="DEMO_ALLOWED"):
        call_command("seed_demo")


def test_the_command_refuses_a_company_smaller_than_it_is(db):
    with pytest.raises(CommandError, match="at least 60"):
        call_command("seed_demo", applications=10)


def test_more_applications_are_named_apart_and_keep_the_first_sixty():
    large = company(10_000)
    assert len({plan.slug for plan in large.applications}) == 10_000
    assert large.applications[:60] == company(60).applications
    slugs = {team.slug for team in large.teams}
    assert len(slugs) == len(large.teams)
    assert 2_000 < len(slugs) < 2_200
    assert {plan.owner for plan in large.applications} - {""} <= slugs


def test_what_is_asked_for_is_about_what_is_there(db):
    seeded = seed(applications=300, deployments=4_000)
    assert seeded.applications == 300
    assert seeded.deployments == Deployment.objects.count()
    assert 3_900 <= seeded.deployments <= 4_400
    assert broken_rules() == {}


def test_an_application_may_have_no_deployment_at_all(db):
    seed(deployments=150)
    assert Application.objects.filter(deployments=None).exists()
    assert broken_rules() == {}


@pytest.mark.django_db(transaction=True)
def test_the_command_fills_the_portal_and_says_so():
    out = StringIO()
    call_command("seed_demo", deployments=1_000, until=UNTIL, stdout=out)
    assert out.getvalue().startswith("60 applications with 1")
    assert Rollup.objects.filter(scope_kind=ScopeKind.COMPANY, grain=Grain.MONTH).count() >= 24
    assert not Mark.objects.exists()
    assert rows(
        "SELECT last_vacuum IS NOT NULL FROM pg_stat_user_tables WHERE relname = 'kpis_deployment'"
    ) == [(True,)]
