"""Synchronisation with real repositories: what is applied, kept, shown, and what never happens."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.catalogue.models import Application
from portal.core import jobs
from portal.descriptors.models import Description, DescriptionState, Mode, RunState, SyncRun
from portal.descriptors.services.sync_runs import resume_syncs
from portal.descriptors.services.syncs import (
    NothingToApplyError,
    SyncExistsError,
    SyncRunningError,
    approve_run,
    change_sync,
    release_description,
    request_run,
    return_description,
    set_up_sync,
)
from portal.integrations.adapters.sources import SourceError
from tests.descriptors.test_applying import COMPANY
from tests.processes import wait_until

RULES, CHECKOUT = COMPANY.split("---")[4:6]
RULES = RULES.replace("fraud", "acquiring")


def again(look, sync, committed, now, **more):
    request_run(sync=sync, actor=committed.olive, now=now, **more)
    return look(sync)


def states(sync):
    return {one.slug: one.state for one in Description.objects.filter(sync=sync)}


def test_what_the_repository_tells_is_there_and_says_where_it_is_from(
    sync, files, look, committed, now
):
    sha = files.commit(company=COMPANY)
    run = look(sync)
    assert (run.state, run.commit, run.problem) == (RunState.APPLIED, sha, "")
    assert run.counts["create"] == 4
    scoring = Application.objects.get(slug="scoring")
    assert scoring.managed_by == "descriptor:payments"
    assert scoring.source_ref == f"{files.path}@{sha}"
    described = Description.objects.get(slug="scoring")
    assert (described.file, described.line) == ("company/catalog-info.yaml", 17)
    sync.refresh_from_db()
    assert (sync.commit, sync.next_run_at) == (sha, now + timedelta(minutes=15))


def test_nothing_is_read_again_as_long_as_the_commit_stays(sync, files, look, committed, now):
    files.commit(a=CHECKOUT)
    look(sync)
    before = Entry.objects.count()
    run = look(sync, now + timedelta(minutes=15))
    assert (run.state, run.requested_by) == (RunState.UNCHANGED, "system:synchronisation")
    assert Entry.objects.count() == before


def test_what_is_changed_by_hand_is_shown_as_drift_until_it_is_applied_again(
    sync, files, look, committed, now
):
    files.commit(a=CHECKOUT)
    look(sync)
    Application.objects.filter(slug="checkout").update(description="By hand.")
    run = again(look, sync, committed, now)
    assert run.state == RunState.UNCHANGED
    assert Description.objects.get(slug="checkout").drift == [
        "description: By hand., told as Takes money."
    ]
    files.commit(a=CHECKOUT.replace("java", "kotlin"))
    again(look, sync, committed, now)
    checkout = Application.objects.get(slug="checkout")
    assert (checkout.tags, checkout.description) == (["kotlin"], "By hand.")
    assert Description.objects.get(slug="checkout").drift
    again(look, sync, committed, now, force=True)
    checkout.refresh_from_db()
    assert checkout.description == "Takes money."
    assert Description.objects.get(slug="checkout").drift == []


def test_what_is_taken_over_by_hand_is_left_alone_until_it_is_given_back(
    sync, files, look, committed, now
):
    files.commit(a=CHECKOUT)
    look(sync)
    described = Description.objects.get(slug="checkout")
    release_description(description=described, actor=committed.olive, now=now)
    assert Application.objects.get(slug="checkout").managed_by == ""
    files.commit(a=CHECKOUT.replace("Takes money.", "Takes cards."))
    again(look, sync, committed, now, force=True)
    assert Application.objects.get(slug="checkout").description == "Takes money."
    return_description(description=described, actor=committed.olive, now=now)
    again(look, sync, committed, now, force=True)
    assert Application.objects.get(slug="checkout").description == "Takes cards."


def test_a_broken_file_keeps_everything_and_says_where_it_is_broken(
    sync, files, look, committed, now
):
    sha = files.commit(a=CHECKOUT, b=RULES)
    look(sync)
    files.commit(a=CHECKOUT.replace("Takes money.", "Takes cards."), b=RULES + "\n\t- x")
    run = again(look, sync, committed, now)
    assert run.state == RunState.FAILED
    assert "What they described before stays as it is." in run.problem
    assert run.findings[0]["file"] == "b/catalog-info.yaml"
    assert states(sync) == {"checkout": "DESCRIBED", "rules": "DESCRIBED"}
    assert Application.objects.get(slug="checkout").description == "Takes money."
    sync.refresh_from_db()
    assert (sync.commit, sync.failing_since) == (sha, now)
    files.commit(b=RULES)
    assert again(look, sync, committed, now).state == RunState.APPLIED
    sync.refresh_from_db()
    assert sync.failing_since is None


def test_what_is_gone_from_the_repository_stays_in_the_catalogue(
    sync, files, look, committed, now
):
    files.commit(a=CHECKOUT, b=RULES)
    look(sync)
    files.commit(b=None)
    run = again(look, sync, committed, now)
    assert (run.state, run.counts["gone"]) == (RunState.APPLIED, 1)
    assert states(sync) == {"checkout": "DESCRIBED", "rules": "GONE"}
    assert Application.objects.get(slug="rules").managed_by == ""


def test_in_review_nothing_is_applied_before_somebody_says_so(sync, files, look, committed, now):
    change_sync(sync=sync, actor=committed.olive, now=now, mode=Mode.REVIEW)
    files.commit(a=CHECKOUT)
    run = look(sync)
    assert run.state == RunState.TO_REVIEW
    assert run.steps[0]["changes"][0] == {
        "field": "description",
        "before": "",
        "after": "Takes money.",
    }
    assert Application.objects.get(slug="checkout").description == ""
    Application.objects.filter(slug="checkout").update(description="By hand.")
    approve_run(run=run, actor=committed.olive, now=now)
    second = look(sync)
    assert second.state == RunState.TO_REVIEW, "the difference is another one now"
    approve_run(run=second, actor=committed.olive, now=now)
    assert look(sync).state == RunState.APPLIED
    assert Application.objects.get(slug="checkout").description == "Takes money."
    with pytest.raises(NothingToApplyError):
        approve_run(run=sync.runs.latest("id"), actor=committed.olive, now=now)


def test_it_does_no_more_than_the_person_who_set_it_up_may(committed, files, look, now):
    files.commit(company=COMPANY)
    mine = set_up_sync(
        name="Mine", source=str(files.path), branch="main", pattern="**/catalog-info.yaml",
        mode=Mode.APPLY, interval_minutes=15, actor=committed.bob, now=now,
    )  # fmt: skip
    run = look(mine)
    assert run.counts["refused"] == 3
    assert not Application.objects.filter(slug="scoring").exists()
    committed.bob.is_active = False
    committed.bob.save()
    run = look(mine, now + timedelta(minutes=15))
    assert run.state == RunState.FAILED
    assert "has no account any more" in run.problem
    change_sync(sync=mine, actor=committed.olive, now=now, interval_minutes=30)
    assert again(look, mine, committed, now).counts["create"] == 3


def test_only_who_set_it_up_and_operations_change_it(sync, committed, now):
    with pytest.raises(NotAllowedError, match="Olive"):
        request_run(sync=sync, actor=committed.alice, now=now)
    with pytest.raises(NotAllowedError):
        change_sync(sync=sync, actor=committed.eve, now=now, is_paused=True)


@pytest.mark.parametrize("source", ["/etc", "https://elsewhere.example.com/x", "ext::sh -c x", ""])
def test_a_repository_that_the_server_may_not_read_is_refused(committed, now, source):
    with pytest.raises(SourceError):
        set_up_sync(
            name="X", source=source, branch="", pattern="*", mode=Mode.APPLY,
            interval_minutes=15, actor=committed.olive, now=now,
        )  # fmt: skip


def test_a_name_is_taken_once(sync, files, committed, now):
    for name in ("Payments", "New", "!"):
        with pytest.raises(SyncExistsError):
            set_up_sync(
                name=name, source=str(files.path), branch="", pattern="*", mode=Mode.APPLY,
                interval_minutes=15, actor=committed.olive, now=now,
            )  # fmt: skip


def test_it_runs_once_at_a_time_and_not_while_it_is_paused(sync, committed, now):
    request_run(sync=sync, actor=committed.olive, now=now)
    with pytest.raises(SyncRunningError):
        request_run(sync=sync, actor=committed.olive, now=now)
    resume_syncs(now=now)
    assert SyncRun.objects.count() == 1
    SyncRun.objects.update(state=RunState.UNCHANGED)
    change_sync(sync=sync, actor=committed.olive, now=now, is_paused=True)
    resume_syncs(now=now + timedelta(days=1))
    assert SyncRun.objects.count() == 1


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"pattern": "*.md"}, "No file fits *.md."),
        ({"branch": "nowhere"}, "There is no branch nowhere."),
    ],
)
def test_what_cannot_be_read_is_told_with_its_mend(sync, files, look, settings_, words):
    files.commit(a=CHECKOUT)
    change_sync(sync=sync, actor=sync.set_up_by, now=sync.set_up_at, **settings_)
    run = look(sync)
    assert run.state == RunState.FAILED
    assert words in run.problem


def test_the_pattern_chooses_files_and_links_are_left_out(sync, files, look, committed, now):
    (files.path / "link").mkdir()
    (files.path / "link" / "catalog-info.yaml").symlink_to("/etc/passwd")
    (files.path / "README.md").write_text("no YAML")
    files.commit(a__deep__down=CHECKOUT)
    assert look(sync).state == RunState.APPLIED
    assert Description.objects.get().file == "a/deep/down/catalog-info.yaml"


def test_a_worker_that_is_killed_in_the_middle_leaves_nothing_half_done(
    celery_worker, sync, files, committed, now
):
    files.commit(company=COMPANY)
    run = request_run(sync=sync, actor=committed.olive, now=now)
    with transaction.atomic(), connection.cursor() as cursor:
        # A worker gets as far as this table, with all before it written and not committed.
        cursor.execute("LOCK TABLE catalogue_link IN SHARE ROW EXCLUSIVE MODE")
        celery_worker.start()
        assert wait_until(_waits_for_links, seconds=60)
        celery_worker.kill()
    assert not Application.objects.filter(slug="scoring").exists()
    assert not Entry.objects.filter(event="descriptors.applied").exists()
    SyncRun.objects.filter(pk=run.pk).update(leased_until=now - timedelta(days=1))
    celery_worker.start()
    jobs.enqueue("portal.descriptors.tasks.resume_syncs")
    assert wait_until(lambda: SyncRun.objects.get(pk=run.pk).is_over, seconds=60)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.APPLIED, 2)
    assert Application.objects.filter(slug="scoring").count() == 1
    assert Entry.objects.filter(event="descriptors.applied").count() == 1
    assert set(states(sync).values()) == {DescriptionState.DESCRIBED}


def _waits_for_links():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted"
            " AND relation = 'catalogue_link'::regclass)"
        )
        return cursor.fetchone()[0]
