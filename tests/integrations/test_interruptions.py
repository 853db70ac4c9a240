"""Real workers that are killed, and a Redis that is away: facts are recorded once, and all of them."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from kpis.models import ChangeInDeployment, Deployment, Mark
from kpis.services import rebuild, recompute, refresh_scopes
from portal.core import jobs
from portal.integrations.models import HistoryImport, ImportState
from tests.factories import ApplicationFactory, EnvironmentFactory
from tests.integrations.imports import facts, import_history
from tests.integrations.project import Project
from tests.kpis.engine import stored
from tests.processes import wait_until

SELECTION = {"tags": "v*", "excludes": ["*-rc*"]}
RESUME = "portal.integrations.tasks.resume_imports"


@pytest.fixture
def large(repository):
    """About thirteen hundred commits."""
    Project(repository, seed=1).build(steps=500)
    return repository


@pytest.fixture
def allowed(settings, monkeypatch, tmp_path):
    """Let this process and the workers read the test's folder."""
    settings.IMPORT_ALLOWED_SOURCES = [str(tmp_path)]
    monkeypatch.setenv("IMPORT_ALLOWED_SOURCES", str(tmp_path))
    monkeypatch.setenv("QUARTERDECK_VAR", str(tmp_path / "var of the workers"))


@pytest.fixture
def asked(queued, allowed, portal, large, client):
    """Asks for the import of the large repository on the page, for workers to run."""

    def ask():
        client.force_login(portal.bob)
        response = client.post(
            "/apps/checkout/import/",
            {
                "source": str(large.path),
                "tags": "v*",
                "excludes": "*-rc*",
                "environment": portal.production.pk,
            },
        )
        assert response.status_code == 302
        return HistoryImport.objects.get()

    return ask


def is_over(job):
    job.refresh_from_db()
    return job.is_over


def lease_passes(job):
    """Let the time pass that a silent worker is waited for."""
    HistoryImport.objects.filter(pk=job.pk, state=ImportState.RUNNING).update(
        leased_until=job.requested_at - timedelta(seconds=1)
    )


@pytest.fixture
def undisturbed(portal, large, now):
    """Tells what an import of the same records when nothing disturbs it."""

    def tell():
        other = ApplicationFactory.create(owner=portal.acquiring)
        EnvironmentFactory.create(application=other)
        import_history(other, large.path, now=now, **SELECTION)
        return facts(other)

    return tell


def waits_for(table):
    """Whether some other session waits for a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = %s::regclass)",
            [table],
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize("table", ["kpis_changeindeployment", "kpis_failurelink"])
def test_a_worker_that_is_killed_while_it_writes_leaves_the_import_to_the_next(
    celery_worker, asked, undisturbed, portal, table
):
    job = asked()
    with transaction.atomic(), connection.cursor() as cursor:
        # A worker gets as far as this table, with all before it written and not committed.
        cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        celery_worker.start()
        assert wait_until(lambda: waits_for(table), seconds=60)
        celery_worker.kill()
    assert not Deployment.objects.exists()
    assert not is_over(job)
    lease_passes(job)
    celery_worker.start()
    jobs.enqueue(RESUME)
    wait_until(lambda: is_over(job), seconds=60)
    assert (job.state, job.attempts) == (ImportState.SUCCEEDED, 2)
    assert job.changes == ChangeInDeployment.objects.count() > 1000
    assert facts(portal.checkout) == undisturbed()


def test_kpis_after_an_interruption_are_those_of_a_full_rebuild(celery_worker, portal, large, now):
    import_history(portal.checkout, large.path, now=now, **SELECTION)
    refresh_scopes()
    jobs.enqueue("kpis.tasks.recompute")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE kpis_rollup IN SHARE ROW EXCLUSIVE MODE")
        celery_worker.start()
        assert wait_until(lambda: waits_for("kpis_rollup"), seconds=60)
        celery_worker.kill()
    assert stored() == []
    celery_worker.start()
    jobs.enqueue("kpis.tasks.recompute")
    wait_until(lambda: not Mark.objects.exists(), seconds=60)
    computed = stored()
    assert len(computed) > 100
    rebuild(actor="command:test", now=now)
    recompute(now=now)
    assert stored() == computed


def test_an_import_that_is_asked_for_while_redis_is_away_runs_when_it_is_back(
    redis_server, celery_worker, asked
):
    redis_server.stop()
    job = asked()
    assert job.state == ImportState.QUEUED
    redis_server.start()
    celery_worker.start(beat=True)
    wait_until(lambda: is_over(job), seconds=90)
    assert (job.state, job.attempts) == (ImportState.SUCCEEDED, 1)
