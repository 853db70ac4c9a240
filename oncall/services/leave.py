"""Leave: when somebody is away, and on call in no rota."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from oncall import policies
from oncall.models import Leave, Rota
from oncall.selectors.calendars import Absences
from oncall.selectors.rotas import rotas_with
from oncall.services.changes import tell_leave
from oncall.services.shifts import Recomputed, locked, recompute
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent

LONGEST_NOTE, LONGEST_SOURCE = 200, 120


class LeaveError(ValueError):
    """It cannot be told or taken back as things stand; the message says why."""


class Away(NamedTuple):
    """A period in which somebody is away, and the note on it."""

    starts_at: datetime
    ends_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class ImportedLeave:
    """What a calendar added, how much of it was told or over already, and what that changes."""

    added: Sequence[Leave]
    skipped: int
    changed: dict[Rota, Recomputed]

    def __str__(self) -> str:
        times = "1 time" if len(self.added) == 1 else f"{len(self.added)} times"
        skipped = f", {self.skipped} told or over already" if self.skipped else ""
        return f"Told of {times} away{skipped}"


def source_of(file_name: str) -> str:
    """Return the label of leave that a calendar says."""
    return f"calendar:{file_name}"[:LONGEST_SOURCE]


def periods_of(found: Absences, *, has_notes: bool) -> list[Away]:
    """Return what of a calendar is to be told, with what events are called where that is wanted."""
    return [
        Away(
            one.event.start,
            one.event.end,
            one.event.summary[:LONGEST_NOTE] if has_notes else "",
        )
        for one in found.chosen
    ]


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
def import_leave(
    *, person: User, periods: Sequence[Away], source: str, actor: User, now: datetime
) -> ImportedLeave:
    """Note all periods of a calendar in which a person is away, except those told or over already.

    Raises:
        NotAllowedError: when it is neither the actor's own, nor of one they lead.
        LeaveError: when a period ends before it begins, or none is left to be told.
    """
    policies.require(actor, policies.CHANGE_LEAVE, person)
    if any(one.starts_at >= one.ends_at for one in periods):
        raise LeaveError("One of them ends before it begins.")
    rotas = _locked_rotas(person)
    # Who is in no rota imports twice at once, too.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    coming = _untold(person, periods, now)
    if not coming:
        raise LeaveError("Nothing is left to add: tick what is not told yet, and not over.")
    added = Leave.objects.bulk_create(
        Leave(
            person=person,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            note=one.note.strip(),
            source=source,
            made_by=actor,
            made_at=now,
        )
        for one in coming
    )
    changed = _recomputed(rotas, now)
    skipped = len(periods) - len(added)
    audit.record(
        AuditEvent.LEAVE_IMPORTED,
        actor=actor.label,
        subject=person.label,
        now=now,
        data={
            "added": len(added),
            "skipped": skipped,
            "source": source,
            "since": min(one.starts_at for one in added).isoformat(timespec="minutes"),
            "until": max(one.ends_at for one in added).isoformat(timespec="minutes"),
        },
    )
    return ImportedLeave(added, skipped, changed)


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


def _untold(person: User, periods: Sequence[Away], now: datetime) -> list[Away]:
    """Return what is neither over, nor within leave that is told or one that comes before it."""
    told = list(
        Leave.objects.filter(person=person, cancelled_at=None, ends_at__gt=now).values_list(
            "starts_at", "ends_at"
        )
    )
    found = []
    for one in sorted(periods, key=lambda one: (one.starts_at, -one.ends_at.timestamp())):
        if one.ends_at <= now or any(
            start <= one.starts_at and one.ends_at <= end for start, end in told
        ):
            continue
        told.append((one.starts_at, one.ends_at))
        found.append(one)
    return found


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
