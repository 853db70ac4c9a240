"""Overrides: who is on call for once other than planned, by the word of who plans."""

from datetime import datetime

from django.db import transaction

from oncall import policies
from oncall.models import EXCLUSIVE_ROLES, Change, DutyRole, Override, Rota
from oncall.services.changes import tell_overridden
from oncall.services.rotas import RetiredRotaError
from oncall.services.shifts import FREEZE_AFTER, Recomputed, locked, recompute
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent


class OverrideError(ValueError):
    """It cannot be made or cancelled as things stand; the message says why."""


@transaction.atomic
def make_override(
    *,
    rota: Rota,
    kind: Change,
    starts_at: datetime,
    ends_at: datetime,
    actor: User,
    now: datetime,
    role: DutyRole = DutyRole.PRIMARY,
    comes: User | None = None,
    goes: User | None = None,
    reason: str = "",
) -> tuple[Override, Recomputed]:
    """Let somebody come on call, stand down, or take another's place, for a while.

    Raises:
        NotAllowedError: when the actor does not lead the team.
        RetiredRotaError: when the rota is retired.
        OverrideError: when people or times do not fit the kind, or it is over for more than a day.
    """
    policies.require(actor, policies.CHANGE_ROTA, rota)
    rota = locked(rota)
    if rota.retired_at:
        raise RetiredRotaError(f"{rota} is retired.")
    _require_sense(rota, kind, role, comes, goes)
    if starts_at >= ends_at:
        raise OverrideError("It ends before it begins.")
    if starts_at < now - FREEZE_AFTER:
        raise OverrideError("It begins more than a day ago, and what has been is a record.")
    override = Override.objects.create(
        rota=rota,
        role=role,
        kind=kind,
        comes=comes,
        goes=goes,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip(),
        made_by=actor,
        made_at=now,
    )
    changed = recompute(rota=rota, now=now, since=min(now, starts_at))
    tell_overridden(override=override, changed=changed, actor=actor, now=now)
    _tell(AuditEvent.OVERRIDE_MADE, override, actor, now)
    return override, changed


@transaction.atomic
def cancel_override(*, override: Override, actor: User, now: datetime) -> Recomputed:
    """Take an override back; of one that has begun, what was stays.

    Raises:
        NotAllowedError: when the actor does not lead the team.
        OverrideError: when it is cancelled or over.
    """
    policies.require(actor, policies.CHANGE_ROTA, override.rota)
    rota = locked(override.rota)
    override = Override.objects.select_for_update().get(pk=override.pk)
    if override.cancelled_at:
        raise OverrideError("It is cancelled already.")
    if override.ends_at <= now:
        raise OverrideError("It is over, and what has been is a record.")
    override.cancelled_by, override.cancelled_at = actor, now
    override.save(update_fields=["cancelled_by", "cancelled_at"])
    override.rota = rota
    changed = recompute(rota=rota, now=now)
    tell_overridden(override=override, changed=changed, actor=actor, now=now)
    _tell(AuditEvent.OVERRIDE_CANCELLED, override, actor, now)
    return changed


def _require_sense(
    rota: Rota, kind: Change, role: DutyRole, comes: User | None, goes: User | None
) -> None:
    wants_comes, wants_goes = kind != Change.REMOVE, kind in {Change.REMOVE, Change.REPLACE}
    if bool(comes) != wants_comes or bool(goes) != wants_goes:
        raise OverrideError("Say who comes on call and who stands down, as the change needs it.")
    if comes and comes == goes:
        raise OverrideError("Nobody takes their own place.")
    if comes and not comes.is_active:
        raise OverrideError(f"{comes} has left. Choose somebody else.")
    if kind == Change.ADD and role in EXCLUSIVE_ROLES and not rota.is_union:
        raise OverrideError(
            f"One person at a time is {role.label.lower()} here. Let somebody cover alone instead."
        )


def _tell(event: AuditEvent, override: Override, actor: User, now: datetime) -> None:
    audit.record(
        event,
        actor=actor.label,
        subject=override.rota.label,
        now=now,
        data={
            "change": override.change.label.lower(),
            "role": override.duty.label.lower(),
            "comes": override.comes.label if override.comes else "nobody",
            "goes": override.goes.label if override.goes else "nobody",
            "since": override.starts_at.isoformat(timespec="minutes"),
            "until": override.ends_at.isoformat(timespec="minutes"),
        },
        texts={"reason": override.reason} if override.reason else {},
    )
