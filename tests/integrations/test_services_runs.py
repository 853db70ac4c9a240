"""Who runs an import, what happens when it fails, is cancelled, interrupted or taken over."""

import time
from datetime import timedelta

import pytest
from django.db import OperationalError

from kpis.models import Change, Deployment
from portal.audit.models import Entry
from portal.catalogue.models import Repository
from portal.core import jobs
from portal.integrations.adapters.git import Selection
from portal.integrations.adapters.sources import parse
from portal.integrations.models import LEASE, MOST_ATTEMPTS, HistoryImport, ImportState
from portal.integrations.services import runs
from portal.integrations.services.requests import begin_import, cancel_import
from portal.integrations.services.runs import perform_import, resume_imports, run_import

SECOND = timedelta(seconds=1)


@pytest.fixture
def filled(repository):
    repository.commit("a", hours=0)
    repository.commit("b", "a", hours=1)
    repository.tag("v1", "a")
    repository.tag("v2", "b")
    repository.write()
    return repository


@pytest.fixture
def begun(portal, filled, now):
    """An import that this process holds."""
    return begin_import(
        application=portal.checkout,
        environment=portal.production,
        source=parse(str(filled.path)),
        selection=Selection("v*"),
        now=now,
    )


def queue(world, now, **values):
    return HistoryImport.objects.create(
        application=world.checkout,
        environment=world.production,
        requested_by=world.bob.label,
        requested_at=now,
        **{"source": f"/srv/git/{HistoryImport.objects.count()}", **values},
    )


def events():
    return list(Entry.objects.order_by("id").values_list("event", flat=True))


def nothing_was_written():
    return not (
        Deployment.objects.exists()
        or Change.objects.exists()
        or Repository.objects.exclude(url__startswith="https://git.example.com").exists()
    )


# --- Who runs it ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "is_taken"),
    [
        ({}, True),
        ({"state": "RUNNING", "lease": -SECOND, "attempts": 1}, True),
        ({"state": "RUNNING", "lease": SECOND, "attempts": 1}, False),
        ({"state": "RUNNING", "lease": -SECOND, "attempts": MOST_ATTEMPTS}, False),
        ({"state": "SUCCEEDED", "lease": -SECOND}, False),
        ({"state": "FAILED"}, False),
        ({"state": "CANCELLED"}, False),
    ],
)
def test_one_worker_takes_what_nobody_works_on(world, now, values, is_taken):
    lease = values.pop("lease", None)
    job = queue(world, now, leased_until=now + lease if lease else None, **values)
    before = job.attempts
    taken = HistoryImport.objects.claim(job.pk, now=now)
    assert (taken is not None) == is_taken
    if taken:
        assert (taken.state, taken.attempts) == (ImportState.RUNNING, before + 1)
        assert taken.leased_until == now + LEASE
    assert HistoryImport.objects.claim(job.pk, now=now) is None


def test_lost_messages_and_lost_workers_are_found_and_too_many_attempts_given_up(
    world, now, monkeypatch
):
    sent = []
    monkeypatch.setattr(jobs, "enqueue", lambda _name, **kwargs: sent.append(kwargs["import_id"]))
    queued = queue(world, now)
    stale = queue(world, now, state="RUNNING", attempts=1, leased_until=now - SECOND)
    queue(world, now, state="RUNNING", attempts=1, leased_until=now + SECOND)
    hopeless = queue(
        world, now, state="RUNNING", attempts=MOST_ATTEMPTS, leased_until=now - SECOND
    )
    queue(world, now, state="CANCELLED")
    resume_imports(now=now)
    assert sent == [queued.pk, stale.pk]
    hopeless.refresh_from_db()
    assert hopeless.state == ImportState.FAILED
    assert "interrupted 3 times" in hopeless.problem
    assert events() == ["integrations.import.failed"]


def test_a_job_that_somebody_else_holds_is_left_alone(portal, now, filled):
    job = queue(portal, now, source=str(filled.path), state="RUNNING", leased_until=now + SECOND)
    run_import(import_id=job.pk, clock=lambda: now)
    assert nothing_was_written()


# --- How it fails -----------------------------------------------------------------------------


def test_a_source_that_cannot_be_read_ends_the_import_with_the_reason(portal, now, begun):
    HistoryImport.objects.update(tags="release-*")
    begun.refresh_from_db()
    job = perform_import(job=begun, clock=lambda: now)
    assert (job.state, job.finished_at) == (ImportState.FAILED, now)
    assert job.problem == "No tag matches release-*. There is v1, v2."
    assert nothing_was_written()
    assert events() == ["integrations.import.requested", "integrations.import.failed"]


def test_a_source_that_is_no_longer_allowed_is_not_read(portal, now, filled, settings):
    settings.IMPORT_ALLOWED_SOURCES = ["/srv/git"]
    job = queue(portal, now, source=str(filled.path), tags="v*")
    run_import(import_id=job.pk, clock=lambda: now)
    job.refresh_from_db()
    assert job.state == ImportState.FAILED
    assert "may not read from there" in job.problem
    assert not settings.IMPORT_MIRROR_DIR.exists()


def test_an_error_of_the_portal_is_told_and_raised(portal, now, begun, monkeypatch):
    def broken(**_arguments):
        raise KeyError("surprise")

    monkeypatch.setattr(runs, "record_history", broken)
    with pytest.raises(KeyError):
        perform_import(job=begun, clock=lambda: now)
    begun.refresh_from_db()
    assert begun.state == ImportState.FAILED
    assert "KeyError" in begun.problem
    assert nothing_was_written()


def test_a_database_that_goes_away_leaves_the_import_to_the_next_worker(
    portal, now, begun, monkeypatch
):
    def away(**_arguments):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(runs, "record_history", away)
    with pytest.raises(OperationalError):
        perform_import(job=begun, clock=lambda: now)
    begun.refresh_from_db()
    assert begun.state == ImportState.RUNNING
    assert HistoryImport.objects.waiting(now + LEASE + SECOND).get() == begun
    assert nothing_was_written()


# --- Cancelled, taken over, slow --------------------------------------------------------------


@pytest.mark.parametrize(
    "phase",
    [
        "Asking the repository for its tags",
        "Reading commits",
        "Working out what each deployment brought",
        "Writing deployments and changes",
    ],
)
def test_an_import_that_is_cancelled_on_the_way_writes_nothing(portal, now, begun, phase):
    def tell(told):
        if told == phase:
            cancel_import(job=begun, actor=portal.bob, now=now)

    job = perform_import(job=begun, clock=lambda: now, tell=tell)
    assert job.state == ImportState.CANCELLED
    assert nothing_was_written()
    assert events() == ["integrations.import.requested", "integrations.import.cancelled"]


def test_an_import_that_was_taken_over_writes_nothing(portal, now, begun):
    def tell(phase):
        if phase == "Writing deployments and changes":
            assert HistoryImport.objects.claim(begun.pk, now=now + LEASE + SECOND)

    job = perform_import(job=begun, clock=lambda: now, tell=tell)
    assert (job.state, job.attempts) == (ImportState.RUNNING, 2)
    assert nothing_was_written()


def test_a_slow_import_keeps_its_lease_and_tells_its_progress(portal, now, begun):
    seen, started = [], time.monotonic()

    def tell(phase):
        if phase == "Working out what each deployment brought":
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                row = HistoryImport.objects.get()
                if row.percent >= 50 and row.leased_until > begun.leased_until:
                    seen.append(row.phase)
                    break
                time.sleep(0.05)

    perform_import(job=begun, clock=lambda: now + (time.monotonic() - started) * SECOND, tell=tell)
    assert seen
