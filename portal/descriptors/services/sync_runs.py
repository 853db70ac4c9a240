"""Runs of synchronisations: read outside any transaction, then write everything in one."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import OperationalError, transaction

from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application, System
from portal.core import jobs
from portal.descriptors.models import (
    Description,
    DescriptionState,
    DescriptorSync,
    Mode,
    RunState,
    SyncRun,
)
from portal.descriptors.plans.compare import Change, Plan, Source
from portal.descriptors.plans.showing import counts, shown_findings, shown_steps
from portal.descriptors.plans.state import Noun, Told
from portal.descriptors.reading.files import File
from portal.descriptors.selectors import syncs as selectors
from portal.descriptors.services.applying import Origin, PlanChangedError, apply_draft, is_managed
from portal.descriptors.services.drafts import Draft, draft_of, plan_of
from portal.integrations.adapters.process import Git
from portal.integrations.adapters.sources import SourceError
from portal.integrations.adapters.trees import Snapshot, read_tree
from portal.integrations.models import MOST_ATTEMPTS
from portal.integrations.services.pulse import Clock, Pulse, StoppedError
from portal.integrations.services.requests import allowed_source

logger = structlog.get_logger(__name__)

AUTOMATIC = "system:synchronisation"
RUN = "portal.descriptors.tasks.run_sync"
MOST_SHOWN = 500

STEPS = {
    "Asking the repository": (1, 5),
    "Receiving objects": (5, 30),
    "Unpacking objects": (5, 30),
    "Resolving deltas": (30, 35),
    "Reading files": (35, 45),
    "Checking descriptors": (45, 65),
    "Comparing and applying": (65, 99),
}


def run_sync(*, run_id: int, clock: Clock) -> None:
    """Carry out a run if nobody else does."""
    if run := SyncRun.objects.claim(run_id, now=clock()):
        perform_run(run=run, clock=clock)


def perform_run(*, run: SyncRun, clock: Clock) -> SyncRun:
    """Carry out a run that the caller holds, and return it as it ended.

    Every way to fail but a lost database ends the run with its reason and leaves the catalogue as
    it is; a lost database leaves the run to whoever finds that its lease is over.
    """
    try:
        with Pulse(run, clock, steps=STEPS) as pulse:
            _perform(run, pulse, clock)
    except StoppedError:
        logger.info("sync_stopped", run=run.pk)
    except SourceError as error:
        fail_run(run=run, problem=str(error), now=clock())
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("sync_broken", run=run.pk)
        problem = f"The portal met an error of its own ({type(error).__name__}). Its log has more."
        fail_run(run=run, problem=problem, now=clock())
        raise
    run.refresh_from_db()
    return run


@transaction.atomic
def fail_run(*, run: SyncRun, problem: str, now: datetime) -> None:
    """End a run with the reason why it failed, if it is still the caller's; all data stays."""
    if not _hold(run):
        return
    run.problem = problem
    _end(run, RunState.FAILED, now)
    DescriptorSync.objects.filter(pk=run.sync_id, failing_since=None).update(failing_since=now)
    audit.record(
        AuditEvent.SYNC_FAILED,
        actor=run.requested_by,
        subject=run.sync.label,
        now=now,
        data={"problem": problem},
    )


def resume_syncs(*, now: datetime) -> None:
    """Begin what is due, send what nobody works on to a worker, give up what fails to survive."""
    for sync in selectors.due_syncs(now):
        _begin(sync, now)
    for run in selectors.unfinished_runs(now):
        if run.attempts < MOST_ATTEMPTS:
            jobs.enqueue(RUN, run_id=run.pk)
        else:
            problem = (
                f"The run was interrupted {run.attempts} times, each time before it ended."
                " Check the memory and the log of the workers, then look again."
            )
            fail_run(run=run, problem=problem, now=now)


@transaction.atomic
def _begin(sync: DescriptorSync, now: datetime) -> None:
    locked = DescriptorSync.objects.select_for_update().get(pk=sync.pk)
    if locked.is_paused or not locked.next_run_at or locked.next_run_at > now:
        return
    locked.next_run_at = now + timedelta(minutes=locked.interval_minutes)
    locked.save(update_fields=["next_run_at"])
    SyncRun.objects.create(sync=locked, requested_by=AUTOMATIC, requested_at=now)


def _perform(run: SyncRun, pulse: Pulse, clock: Clock) -> None:
    sync = run.sync
    person = sync.set_up_by
    if not person.is_active:
        raise SourceError(
            f"{person.name}, with whose rights it reads, has no account any more. Somebody else"
            " saves its settings and lends it theirs."
        )
    must_read = run.force or run.approved or _was_left(run)
    snapshot = read_tree(
        _git(),
        allowed_source(sync.source),
        branch=sync.branch,
        pattern=sync.pattern,
        unless="" if must_read else sync.commit,
        progress=pulse.step,
    )
    source = selectors.source_of(sync, force=run.force)
    if snapshot is None:
        _look_for_drift(run, source, clock())
        return
    pulse.step("Checking descriptors")
    draft = draft_of([File(path, content) for path, content in snapshot.files], person, source)
    run.commit = snapshot.commit
    run.findings = list(shown_findings(draft.findings, most=MOST_SHOWN))
    if draft.errors:
        number = len(draft.errors)
        many = f"There are {number:,} errors" if number > 1 else "There is one error"
        raise SourceError(f"{many} in the files. What they described before stays as it is.")
    pulse.step("Comparing and applying")
    if sync.mode == Mode.REVIEW and not run.approved and draft.plan.effective:
        _wait_for_a_look(run, draft.plan, clock())
        return
    try:
        _apply(run, draft, snapshot, source, clock)
    except PlanChangedError as error:
        _wait_for_a_look(run, error.plan, clock())


def _git() -> Git:
    return Git(
        settings.IMPORT_MIRROR_DIR, settings.IMPORT_LIMIT_SECONDS, settings.IMPORT_PROTOCOLS
    )


def _was_left(run: SyncRun) -> bool:
    """Return whether the run before this one ended without its commit being applied."""
    before = selectors.runs_of(run.sync).exclude(pk=run.pk).first()
    return before is not None and before.state in {RunState.FAILED, RunState.TO_REVIEW}


@transaction.atomic
def _apply(
    run: SyncRun, draft: Draft, snapshot: Snapshot, source: Source, clock: Callable[[], datetime]
) -> None:
    """Write everything and the end of the run, or nothing; the run is locked last."""
    now = clock()
    sync = run.sync
    plan = apply_draft(
        draft=draft,
        actor=sync.set_up_by,
        now=now,
        fingerprint=run.approved or None,
        origin=Origin(source, f"{sync.source}@{snapshot.commit}"),
    )
    _describe(sync, plan, source, snapshot.commit, now)
    if not _hold(run):
        raise StoppedError
    _show(run, plan)
    _end(run, RunState.APPLIED if plan.effective or plan.gone else RunState.UNCHANGED, now)
    sync.commit, sync.applied_at, sync.failing_since = snapshot.commit, now, None
    sync.save(update_fields=["commit", "applied_at", "failing_since"])


@transaction.atomic
def _wait_for_a_look(run: SyncRun, plan: Plan, now: datetime) -> None:
    if not _hold(run):
        raise StoppedError
    _show(run, plan)
    run.fingerprint = plan.fingerprint
    _end(run, RunState.TO_REVIEW, now)
    DescriptorSync.objects.filter(pk=run.sync_id).update(failing_since=None)
    audit.record(
        AuditEvent.SYNC_TO_REVIEW,
        actor=run.requested_by,
        subject=run.sync.label,
        now=now,
        data={"changes": len(plan.effective), "commit": run.commit[:12]},
    )


@transaction.atomic
def _look_for_drift(run: SyncRun, source: Source, now: datetime) -> None:
    """Compare what was told last with the catalogue; no file has changed since."""
    described = {
        one.key: one
        for one in selectors.descriptions_of(run.sync).filter(state=DescriptionState.DESCRIBED)
    }
    told = [
        Told(Noun(one.noun), one.slug, one.told, one.file, one.line) for one in described.values()
    ]
    plan = plan_of(told, run.sync.set_up_by, source)
    if not _hold(run):
        raise StoppedError
    drifted = {step.told.key: _drift(step.drift) for step in plan.steps}
    moved = []
    for key, one in described.items():
        if one.drift != drifted.get(key, []):
            one.drift = drifted.get(key, [])
            moved.append(one)
    Description.objects.bulk_update(moved, ["drift"], batch_size=500)
    run.commit = run.sync.commit
    _show(run, plan)
    _end(run, RunState.UNCHANGED, now)


def _describe(
    sync: DescriptorSync, plan: Plan, source: Source, commit: str, now: datetime
) -> None:
    """Keep what was told, to see later what the files change and what people do."""
    Description.objects.bulk_create(
        [
            Description(
                sync=sync,
                noun=step.told.noun,
                slug=step.told.slug,
                fields=dict(step.told.fields),
                drift=_drift(step.drift),
                file=step.told.file[:500],
                line=step.told.line,
                commit=commit,
                described_at=now,
            )
            for step in plan.steps
            if step.told.key not in source.released
            and is_managed(step.action, step.held_by, source)
        ],
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["sync", "noun", "slug"],
        update_fields=["state", "fields", "drift", "file", "line", "commit", "described_at"],
    )
    for noun in Noun:
        slugs = [slug for one, slug in plan.gone if one is noun]
        gone = Description.objects.filter(sync=sync, noun=noun, slug__in=slugs)
        gone.update(state=DescriptionState.GONE, drift=[])
        if noun is not Noun.TEAM:
            model = Application if noun is Noun.APPLICATION else System
            kept = model.objects.filter(slug__in=slugs, managed_by=sync.label)
            kept.update(managed_by="")


def _drift(changes: tuple[Change, ...]) -> list[str]:
    return [
        f"{one.field}: {_words(one.before)}, told as {_words(one.after)}"[:400] for one in changes
    ]


def _words(value: str | tuple[str, ...]) -> str:
    return (value if isinstance(value, str) else ", ".join(value))[:150] or "none"


def _show(run: SyncRun, plan: Plan) -> None:
    run.counts = counts(plan)
    run.steps = list(shown_steps(plan, most=MOST_SHOWN))


def _end(run: SyncRun, state: RunState, now: datetime) -> None:
    run.state, run.finished_at = state, now
    run.phase, run.percent = "", 100
    run.save()


def _hold(run: SyncRun) -> bool:
    """Lock the run; return whether this attempt still holds it."""
    return SyncRun.objects.held(run).select_for_update().exists()
