"""Leave: when somebody is away, and on call in no rota."""

from datetime import datetime

from django.db import transaction

from oncall import policies
from oncall.models import Leave, Rota
from oncall.selectors.rotas import rotas_with
from oncall.services.changes import tell_leave
from oncall.services.shifts import Recomputed, locked, recompute
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent


class LeaveError(ValueError):
    """It cannot be told or taken back as things stand; the message says why."""


@transaction.atomic
def add_leave(
    *,
    person: User,
    starts_at: datetime,
    ends_at: datetime,
    actor: User,
    now: datetime,
    note: str = "",
    source: str = "",
) -> tuple[Leave, dict[Rota, Recomputed]]:
    """Note that a person is away; return what that changes of the rotas that they are in.

    Their shifts become gaps, seen by who plans, until somebody takes them.

    Raises:
        NotAllowedError: when it is neither the actor's own, nor of one they lead.
        LeaveError: when it is over, ends before it begins, or is told already.
    """
    policies.require(actor, policies.CHANGE_LEAVE, person)
    if starts_at >= ends_at:
        raise LeaveError("It ends before it begins.")
    if ends_at <= now:
        raise LeaveError("It is over already, and what has been is a record.")
    rotas = _locked_rotas(person)
    if Leave.objects.filter(
        person=person, cancelled_at=None, starts_at__lte=starts_at, ends_at__gte=ends_at
    ).exists():
        raise LeaveError("That time is told already.")
    leave = Leave.objects.create(
        person=person,
        starts_at=starts_at,
        ends_at=ends_at,
        note=note.strip(),
        source=source,
        made_by=actor,
        made_at=now,
    )
    changed = _recomputed(rotas, now)
    tell_leave(leave=leave, changed=changed, actor=actor, now=now)
    _tell(AuditEvent.LEAVE_ADDED, leave, actor, now)
    return leave, changed


@transaction.atomic
def cancel_leave(*, leave: Leave, actor: User, now: datetime) -> dict[Rota, Recomputed]:
    """Take leave back, or end it now; return what that changes of the rotas.

    Raises:
        NotAllowedError: when it is neither the actor's own, nor of one they lead.
        LeaveError: when it is taken back or over.
    """
    policies.require(actor, policies.CHANGE_LEAVE, leave)
    rotas = _locked_rotas(leave.person)
    leave = Leave.objects.select_for_update().select_related("person").get(pk=leave.pk)
    if leave.cancelled_at:
        raise LeaveError("It is taken back already.")
    if leave.ends_at <= now:
        raise LeaveError("It is over already, and what has been is a record.")
    leave.cancelled_at = now
    leave.save(update_fields=["cancelled_at"])
    changed = _recomputed(rotas, now)
    tell_leave(leave=leave, changed=changed, actor=actor, now=now)
    _tell(AuditEvent.LEAVE_CANCELLED, leave, actor, now)
    return changed


def _locked_rotas(person: User) -> list[Rota]:
    """Return the rotas a person is in, locked in the order of their ids."""
    return [locked(rota) for rota in rotas_with(person)]


def _recomputed(rotas: list[Rota], now: datetime) -> dict[Rota, Recomputed]:
    return {rota: recompute(rota=rota, now=now) for rota in rotas}


def _tell(event: AuditEvent, leave: Leave, actor: User, now: datetime) -> None:
    audit.record(
        event,
        actor=actor.label,
        subject=leave.person.label,
        now=now,
        data={
            "since": leave.starts_at.isoformat(timespec="minutes"),
            "until": leave.ends_at.isoformat(timespec="minutes"),
        },
    )
