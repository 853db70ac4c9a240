"""Applying of plans: everything in one transaction, by set-based statements, or nothing."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.accounts.policies import Actor
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application, System
from portal.catalogue.services.teams import lock_tree
from portal.core import jobs
from portal.descriptors.plans.compare import Action, Plan, Source
from portal.descriptors.plans.state import Noun
from portal.descriptors.services.applying.applications import write_applications
from portal.descriptors.services.applying.systems import write_systems
from portal.descriptors.services.applying.teams import write_teams
from portal.descriptors.services.drafts import Draft, plan_of

# Who is put on record when it is done at the server.
OPERATOR = "command:apply_descriptors"


class PlanChangedError(Exception):
    """The catalogue has changed since the plan was shown; `plan` is what would be done now."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("The catalogue has changed since this was shown. Look again, then apply.")
        self.plan = plan


class BrokenFilesError(ValueError):
    """There are errors in the files."""

    def __init__(self, draft: Draft) -> None:
        number = len(draft.errors)
        super().__init__(f"There {'is one error' if number == 1 else f'are {number} errors'}.")
        self.draft = draft


@dataclass(frozen=True, slots=True)
class Origin:
    """Where descriptors come from: what manages what they tell, and the address and version."""

    source: Source = field(default_factory=Source)
    reference: str = ""


@transaction.atomic
def apply_draft(
    *,
    draft: Draft,
    actor: Actor | None,
    now: datetime,
    fingerprint: str | None = None,
    origin: Origin = Origin(),
) -> Plan:
    """Apply what files tell and return the plan that was carried out.

    With the fingerprint of a plan that somebody has seen, exactly that is done. There is one audit
    event for the whole and one for each thing that changes. Without an actor it is the command.

    Raises:
        BrokenFilesError: when there are errors in the files.
        PlanChangedError: when something else would be done now.
    """
    if draft.errors:
        raise BrokenFilesError(draft)
    lock_tree()
    _lock(draft)
    plan = plan_of(draft.told, actor, origin.source)
    if fingerprint is not None and plan.fingerprint != fingerprint:
        raise PlanChangedError(plan)
    person = actor if isinstance(actor, User) else None
    effective = plan.effective
    happenings = [
        *write_teams([step for step in effective if step.told.noun is Noun.TEAM]),
        *write_systems([step for step in effective if step.told.noun is Noun.SYSTEM]),
        *write_applications(
            [step for step in effective if step.told.noun is Noun.APPLICATION],
            person=person,
            source=origin.source.label,
            now=now,
        ),
    ]
    _mark(plan, origin)
    if effective:
        label = actor.label if actor else OPERATOR
        audit.record(
            AuditEvent.DESCRIPTORS_APPLIED,
            actor=label,
            subject=origin.source.label or "catalogue:descriptors",
            now=now,
            data={
                "source": origin.reference,
                "created": plan.count(Action.CREATE),
                "changed": plan.count(Action.CHANGE),
            },
        )
        audit.record_many(happenings, actor=label, now=now, cause=origin.source.label)
        jobs.enqueue("kpis.tasks.refresh_scopes")
    return plan


def _lock(draft: Draft) -> None:
    """Keep what is told as it is until the end of the transaction, in one order for everybody."""
    for model, noun in ((System, Noun.SYSTEM), (Application, Noun.APPLICATION)):
        slugs = [one.slug for one in draft.told if one.noun is noun]
        rows = model.objects.filter(slug__in=slugs).order_by("pk").select_for_update()
        len(rows.values_list("pk"))


def _mark(plan: Plan, origin: Origin) -> None:
    """Note who manages what was told, and at which version; a single import manages nothing."""
    if not origin.source.label:
        return
    for model, noun in ((System, Noun.SYSTEM), (Application, Noun.APPLICATION)):
        slugs = [
            step.told.slug
            for step in plan.steps
            if step.told.noun is noun and is_managed(step.action, step.held_by, origin.source)
        ]
        model.objects.filter(slug__in=slugs).update(
            managed_by=origin.source.label, source_ref=origin.reference[:500]
        )


def is_managed(action: Action, held_by: str, source: Source) -> bool:
    """Return whether the source keeps a thing after the plan was applied."""
    if action in {Action.CREATE, Action.CHANGE}:
        return True
    return action is Action.NONE and held_by in {"", source.label}
