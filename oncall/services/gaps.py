"""Gaps that somebody accepts: that nobody is on call then is known, and meant."""

from datetime import datetime

from django.db import transaction

from oncall import policies
from oncall.models import Gap
from oncall.services.shifts import locked
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent

EVERYTHING = "system:oncall"


class GapError(ValueError):
    """The gap cannot be accepted as things stand; the message says why."""


@transaction.atomic
def accept_gap(*, gap: Gap, note: str, actor: User, now: datetime) -> Gap:
    """Accept that nobody is on call in a gap; it alarms nobody any more, unless it grows.

    Raises:
        NotAllowedError: when the actor does not lead the team.
        GapError: when it is closed, over or accepted already, or no note says why.
    """
    policies.require(actor, policies.CHANGE_ROTA, gap)
    rota = locked(gap.rota)
    found = Gap.objects.select_for_update().filter(pk=gap.pk).first()
    if found is None:
        raise GapError("Somebody is on call then by now: the gap is closed.")
    if found.ends_at <= now:
        raise GapError("It is over, and what has been is a record.")
    if found.accepted_at:
        raise GapError("It is accepted already.")
    if not note.strip():
        raise GapError("Say why nobody needs to be on call then, for whoever looks later.")
    found.accepted_by, found.accepted_at, found.note = actor, now, note.strip()
    found.save(update_fields=["accepted_by", "accepted_at", "note"])
    found.rota = rota
    audit.record(
        AuditEvent.GAP_ACCEPTED,
        actor=actor.label,
        subject=rota.label,
        now=now,
        data={
            "role": found.duty.label.lower(),
            "since": found.starts_at.isoformat(timespec="minutes"),
            "until": found.ends_at.isoformat(timespec="minutes"),
        },
        texts={"note": found.note},
    )
    return found


@transaction.atomic
def record_export(*, rows: int, filters: str, actor: User, now: datetime) -> None:
    """Record that somebody takes the list of gaps away; `filters` is the query that chose them."""
    audit.record(
        AuditEvent.GAPS_EXPORTED,
        actor=actor.label,
        subject=EVERYTHING,
        now=now,
        data={"rows": rows, "filters": filters},
    )
