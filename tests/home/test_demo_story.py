"""What is worth finding in two years of the demo company."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Avg, Count

from kpis.models import Change, ChangeInDeployment, Deployment, FailureLink, Incident
from portal.home.services.demo.load import seed_demo

NOW = datetime.fromisoformat("2026-03-01T09:00:00Z")


@pytest.fixture(scope="module", autouse=True)
def whole_demo(django_db_setup, django_db_blocker):
    """Seed the demo company once for all tests here, which only read, and take it back."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed_demo(
            applications=60,
            deployments=None,
            seed=1,
            until=date(2026, 3, 1),
            force=False,
            actor="command:test",
            now=NOW,
        )
        yield
        transaction.set_rollback(True)


def days(since, until):
    return NOW - timedelta(days=since), NOW - timedelta(days=until)


def fast_share(team, since, until):
    merged = ChangeInDeployment.objects.filter(
        application__owner__slug=team,
        merge_seconds__isnull=False,
        live_at__range=days(since, until),
    )
    return merged.filter(merge_seconds__lte=900).count() / merged.count()


def fail_rate(team, since, until):
    finished = Deployment.objects.filter(
        application__owner__slug=team,
        status__in=["SUCCEEDED", "FAILED"],
        finished_at__range=days(since, until),
    )
    return finished.filter(failed=True).count() / finished.count()


def mean_lead(team, since, until):
    credited = ChangeInDeployment.objects.filter(
        application__owner__slug=team, credited=True, live_at__range=days(since, until)
    )
    return credited.aggregate(mean=Avg("lead_seconds"))["mean"]


def test_instant_payments_went_from_a_twentieth_to_nine_tenths_within_fifteen_minutes():
    assert fast_share("instant-payments", 731, 400) < 0.12
    assert fast_share("instant-payments", 200, 0) > 0.85


def test_settlement_got_worse_since_its_reorganisation():
    assert mean_lead("settlement", 100, 0) > 2.5 * mean_lead("settlement", 731, 250)
    assert fail_rate("settlement", 100, 0) > 2 * fail_rate("settlement", 731, 250)


def test_financial_crime_had_a_bad_quarter():
    incidents = Incident.objects.filter(application__owner__slug="financial-crime")
    bad = incidents.filter(opened_at__range=days(271, 180)).count()
    assert bad > 3 * incidents.filter(opened_at__range=days(180, 90)).count()


def test_mortgages_deploys_on_fridays():
    planned = Deployment.objects.filter(application__owner__slug="mortgages", kind="PLANNED")
    assert planned.filter(finished_at__iso_week_day=5).count() > 0.6 * planned.count()


def test_the_mainframe_releases_once_a_month_on_a_tuesday():
    planned = Deployment.objects.filter(application__slug="general-ledger", kind="PLANNED")
    months = planned.values("finished_at__year", "finished_at__month").annotate(n=Count("pk"))
    assert len(months) > 20
    assert {row["n"] for row in months} == {1}
    assert not planned.exclude(finished_at__iso_week_day=2).exists()


def test_nothing_planned_goes_live_in_the_freeze_at_night_or_in_numbers_at_weekends():
    planned = Deployment.objects.filter(kind="PLANNED")
    assert not planned.filter(finished_at__month=12, finished_at__day__range=(16, 31)).exists()
    with connection.cursor() as cursor:
        cursor.execute("""
        SELECT extract(hour FROM finished_at AT TIME ZONE coalesce(t.zone, 'Europe/London'))::int,
            extract(isodow FROM finished_at AT TIME ZONE coalesce(t.zone, 'Europe/London'))::int
        FROM kpis_deployment d JOIN catalogue_application a ON a.id = d.application_id
        LEFT JOIN catalogue_team t ON t.id = a.owner_id WHERE d.kind = 'PLANNED'""")
        local = cursor.fetchall()
    assert {hour for hour, _ in local} <= set(range(9, 21))
    assert sum(day > 5 for _, day in local) < 0.02 * len(local)


def test_every_kind_of_outcome_is_there_to_be_found():
    assert Deployment.objects.filter(status="FAILED").exists()
    assert Deployment.objects.filter(kind="ROLLBACK").exists()
    assert Deployment.objects.filter(kind="HOTFIX").exists()
    assert Incident.objects.filter(resolved_at=None).exists()
    assert Incident.objects.filter(caused_by_change=False).exists()
    assert FailureLink.objects.filter(rule="PERSON", decided_by__startswith="user:").exists()
    assert FailureLink.objects.filter(is_current=False).exists()
    assert Change.objects.filter(is_bot=True, title__startswith="Bump ").exists()
    assert Change.objects.filter(is_revert=True, title__startswith='Revert "').exists()
    staged = Change.objects.exclude(opened_at=None).exclude(reviewed_at=None)
    assert staged.count() > 0.6 * Change.objects.count()
