"""Setting up synchronisations, asking them to look, and taking things over from them."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application, System
from portal.catalogue.types import RESERVED_SLUGS, derive_slug
from portal.core import jobs
from portal.core.changes import describe_changes
from portal.descriptors import policies
from portal.descriptors.models import (
    Description,
    DescriptionState,
    DescriptorSync,
    Mode,
    RunState,
    SyncRun,
)
from portal.descriptors.plans.state import Noun
from portal.integrations.services.requests import allowed_source

RUN = "portal.descriptors.tasks.run_sync"
MODELS: dict[Noun, type[Application | System]] = {
    Noun.APPLICATION: Application,
    Noun.SYSTEM: System,
}


class SyncChanges(TypedDict, total=False):
    """What can be changed of a synchronisation."""

    name: str
    source: str
    branch: str
    pattern: str
    mode: Mode
    interval_minutes: int
    is_paused: bool


class SyncExistsError(ValueError):
    """There is a synchronisation of that name."""


class SyncRunningError(ValueError):
    """The synchronisation is at work already."""


class NothingToApplyError(ValueError):
    """No difference waits for a look."""


@transaction.atomic
def set_up_sync(
    *,
    name: str,
    source: str,
    branch: str,
    pattern: str,
    mode: Mode,
    interval_minutes: int,
    actor: User,
    now: datetime,
) -> DescriptorSync:
    """Set a synchronisation up and let it look at once; it has the rights of the actor.

    Raises:
        NotAllowedError: when the actor's role changes nothing.
        SourceError: when the server may not read the repository.
        SyncExistsError: when there is one of that name.
        ValidationError: when a value does not fit the model.
    """
    policies.require_add(actor)
    sync = DescriptorSync(
        slug=derive_slug(name),
        name=name,
        source=allowed_source(source).location,
        branch=branch,
        pattern=pattern,
        mode=mode,
        interval_minutes=interval_minutes,
        set_up_by=actor,
        set_up_at=now,
        next_run_at=now,
    )
    if not sync.slug or sync.slug in RESERVED_SLUGS:
        raise SyncExistsError("Choose another name, with letters or digits.")
    sync.clean_fields(exclude=["set_up_by"])
    try:
        with transaction.atomic():
            sync.save(force_insert=True)
    except IntegrityError as error:
        raise SyncExistsError(f"There is a synchronisation {sync.slug} already.") from error
    audit.record(
        AuditEvent.SYNC_CREATED,
        actor=actor.label,
        subject=sync.label,
        now=now,
        data={"source": sync.source, "mode": mode.label.lower()},
    )
    jobs.enqueue("portal.descriptors.tasks.resume_syncs")
    return sync


@transaction.atomic
def change_sync(
    *, sync: DescriptorSync, actor: User, now: datetime, **changes: Unpack[SyncChanges]
) -> DescriptorSync:
    """Change a synchronisation, which has the rights of the actor from now on; nothing if same.

    Raises:
        NotAllowedError: when the actor may not change it.
        SourceError: when the server may not read the repository.
        ValidationError: when a value does not fit the model.
    """
    sync = _locked(sync)
    policies.require_change(actor, sync)
    before = _facts(sync)
    for name, value in changes.items():
        setattr(sync, name, value)
    sync.source = allowed_source(sync.source).location
    sync.set_up_by = actor
    sync.clean_fields(exclude=["set_up_by"])
    words = describe_changes(before, _facts(sync))
    if not words:
        return sync
    sync.next_run_at = None if sync.is_paused else now
    if before["repository"] != sync.source or before["pattern"] != sync.pattern:
        # What was read before says nothing of what is there now.
        sync.commit = ""
    sync.save()
    audit.record(
        AuditEvent.SYNC_CHANGED,
        actor=actor.label,
        subject=sync.label,
        now=now,
        data={"changes": words},
    )
    return sync


@transaction.atomic
def request_run(
    *, sync: DescriptorSync, actor: User, now: datetime, force: bool = False, approved: str = ""
) -> SyncRun:
    """Let a synchronisation look now; with `force` it wins over what was changed by hand.

    `approved` is the fingerprint of a difference that the actor has seen and wants applied.

    Raises:
        NotAllowedError: when the actor may not change the synchronisation.
        SyncRunningError: when it is at work already.
    """
    sync = _locked(sync)
    policies.require_change(actor, sync)
    if sync.runs.filter(state__in=[RunState.QUEUED, RunState.RUNNING]).exists():
        raise SyncRunningError("It is at work already. Wait for it to end.")
    run = SyncRun.objects.create(
        sync=sync, force=force, approved=approved, requested_by=actor.label, requested_at=now
    )
    what = "apply again" if force else "apply what was seen" if approved else "look"
    audit.record(
        AuditEvent.SYNC_REQUESTED,
        actor=actor.label,
        subject=sync.label,
        now=now,
        data={"what": what},
    )
    jobs.enqueue(RUN, run_id=run.pk)
    return run


def approve_run(*, run: SyncRun, actor: User, now: datetime) -> SyncRun:
    """Apply the difference that a run found, if it is still that one.

    Raises:
        NothingToApplyError: when no difference of the run waits.
        As `request_run`.
    """
    if run.state != RunState.TO_REVIEW:
        raise NothingToApplyError("Nothing of this run waits for a look any more.")
    return request_run(
        sync=run.sync, actor=actor, now=now, force=run.force, approved=run.fingerprint
    )


@transaction.atomic
def release_description(*, description: Description, actor: User, now: datetime) -> Description:
    """Keep something by hand from now on: its synchronisation leaves it alone.

    Raises:
        NotAllowedError: when the actor may not change the synchronisation.
    """
    return _hand_over(
        description, DescriptionState.RELEASED, AuditEvent.DESCRIPTION_RELEASED, actor, now
    )


@transaction.atomic
def return_description(*, description: Description, actor: User, now: datetime) -> Description:
    """Let its synchronisation keep something again.

    Raises:
        NotAllowedError: when the actor may not change the synchronisation.
    """
    return _hand_over(
        description, DescriptionState.DESCRIBED, AuditEvent.DESCRIPTION_RETURNED, actor, now
    )


def _hand_over(
    description: Description,
    to_state: DescriptionState,
    event: AuditEvent,
    actor: User,
    now: datetime,
) -> Description:
    sync = _locked(description.sync)
    policies.require_change(actor, sync)
    description = Description.objects.select_for_update().get(pk=description.pk)
    if description.state == to_state:
        return description
    description.state, description.drift = to_state, []
    description.save(update_fields=["state", "drift"])
    noun = Noun(description.noun)
    keeper = sync.label if to_state == DescriptionState.DESCRIBED else ""
    if noun in MODELS:
        MODELS[noun].objects.filter(slug=description.slug).update(managed_by=keeper)
    audit.record(
        event,
        actor=actor.label,
        subject=f"{'catalogue-system' if noun is Noun.SYSTEM else noun}:{description.slug}",
        now=now,
        data={"source": sync.label},
    )
    return description


def _locked(sync: DescriptorSync) -> DescriptorSync:
    found = DescriptorSync.objects.select_for_update(of=("self",)).select_related("set_up_by")
    return found.get(pk=sync.pk)


def _facts(sync: DescriptorSync) -> dict[str, object]:
    return {
        "name": sync.name,
        "repository": sync.source,
        "branch": sync.branch,
        "pattern": sync.pattern,
        "mode": sync.does.label.lower(),
        "minutes": sync.interval_minutes,
        "paused": sync.is_paused,
        "rights of": sync.set_up_by.label,
    }
