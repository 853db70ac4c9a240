"""Call-outs: work done while on call, told by whoever did it or by who leads them."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from oncall import policies
from oncall.models import CallOut, Rota
from oncall.rota import Rest
from oncall.selectors import pay
from oncall.selectors.work import rest_after
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application
from portal.catalogue.selectors import nearest_leads
from portal.notifications.services import notify

# Who has worked for longer without a break is not on call any more, or mistyped the day.
LONGEST = timedelta(hours=24)
# What is older is for the books of somebody else.
OLDEST = timedelta(days=365)


class CallOutError(ValueError):
    """It cannot be told, corrected or struck as things stand; the message says why."""


@transaction.atomic
def tell_callout(
    *,
    rota: Rota,
    person: User,
    starts_at: datetime,
    ends_at: datetime,
    actor: User,
    now: datetime,
    application: Application | None = None,
    reference: str = "",
    note: str = "",
) -> CallOut:
    """Tell that a person was called, and worked from when until when.

    When it leaves too little rest, the leads of the team are told of the earliest next start.

    Raises:
        NotAllowedError: when it is neither the actor's own, nor of a rota whose team they lead.
        CallOutError: when the times make no sense, or overlap with a call-out told before.
    """
    callout = CallOut(
        rota=rota,
        person=person,
        starts_at=starts_at,
        ends_at=ends_at,
        application=application,
        reference=reference.strip(),
        note=note.strip(),
        told_by=actor,
        told_at=now,
    )
    policies.require(actor, policies.TELL_CALLOUT, callout)
    _require_sense(callout, now)
    _insert(callout)
    _tell_leads(callout, actor, now)
    _tell(AuditEvent.CALLOUT_TOLD, callout, actor, now)
    return callout


@transaction.atomic
def correct_callout(
    *,
    callout: CallOut,
    starts_at: datetime,
    ends_at: datetime,
    actor: User,
    now: datetime,
    application: Application | None = None,
    reference: str = "",
    note: str = "",
) -> CallOut:
    """Strike a call-out and tell another in its place; return that.

    Once the pay of its month is approved, the difference is paid with the next report.

    Raises:
        NotAllowedError: as for telling one; of a month that is approved, when the actor does not
            lead the team.
        CallOutError: when it is struck already, or as for telling one.
    """
    struck = _struck(callout, actor, now)
    new = CallOut(
        rota=struck.rota,
        person=struck.person,
        starts_at=starts_at,
        ends_at=ends_at,
        application=application,
        reference=reference.strip(),
        note=note.strip(),
        told_by=actor,
        told_at=now,
        replaces=struck,
    )
    _require_sense(new, now)
    _insert(new)
    _tell_leads(new, actor, now)
    _tell(AuditEvent.CALLOUT_CORRECTED, new, actor, now)
    return new


@transaction.atomic
def strike_callout(*, callout: CallOut, actor: User, now: datetime) -> CallOut:
    """Strike a call-out that was none; it stays to be seen and counts no more.

    Raises:
        NotAllowedError: as for correcting one.
        CallOutError: when it is struck already.
    """
    struck = _struck(callout, actor, now)
    _tell(AuditEvent.CALLOUT_STRUCK, struck, actor, now)
    return struck


def _struck(callout: CallOut, actor: User, now: datetime) -> CallOut:
    policies.require(actor, policies.TELL_CALLOUT, callout)
    callout = (
        CallOut.objects.select_for_update(of=("self",))
        .select_related("rota__team", "rota__calendar", "person")
        .get(pk=callout.pk)
    )
    if callout.struck_at:
        raise CallOutError("It is struck already. Reload the page to see what is in its place.")
    if pay.is_approved(callout.rota.team, callout.starts_at):
        policies.require(actor, policies.CORRECT_PAID, callout.rota)
    callout.struck_at, callout.struck_by = now, actor
    callout.save(update_fields=["struck_at", "struck_by"])
    return callout


def _require_sense(callout: CallOut, now: datetime) -> None:
    if callout.starts_at >= callout.ends_at:
        raise CallOutError("It ends before it begins.")
    if callout.ends_at > now:
        raise CallOutError("It is not over yet. Tell it when you are done.")
    if callout.ends_at - callout.starts_at > LONGEST:
        raise CallOutError("It lasts longer than a day. Look at the dates, or tell it in parts.")
    if callout.starts_at < now - OLDEST:
        raise CallOutError("It is more than a year ago. Look at the year.")


def _insert(callout: CallOut) -> None:
    try:
        with transaction.atomic():
            callout.save()
    except IntegrityError as error:
        raise CallOutError(
            f"A call-out of {callout.person} was told for a part of that time. Correct that one."
        ) from error


def _tell_leads(callout: CallOut, actor: User, now: datetime) -> None:
    """Tell who leads the team when somebody has to begin later, in time for the day."""
    rest = rest_after(callout)
    if rest is None or rest.next_start < now:
        return
    leads = [one for one in nearest_leads(callout.rota.team) if one not in {callout.person, actor}]
    notify(
        people=leads,
        kind="oncall.rest.needed",
        title=f"{callout.person} begins later: {rest_words(rest, callout)}",
        text=(
            f"{callout.person} was called out and worked until late. Eleven hours of rest follow"
            " each working day (Directive 2003/88/EC, article 3), so plan without them until then."
        ),
        url="/oncall/callouts/",
        now=now,
        key=f"callout:{callout.pk}:rest",
    )


def rest_words(rest: Rest, callout: CallOut) -> str:
    """Return the earliest next start in words, by the clocks of the team."""
    at = rest.next_start_advised
    if at is None:
        return "as usual"
    local = callout.rota.team.local_time(at)
    return f"not before {local:%H:%M} on {local:%A}, {local.day} {local:%B} ({local:%Z})"


def _tell(event: AuditEvent, callout: CallOut, actor: User, now: datetime) -> None:
    audit.record(
        event,
        actor=actor.label,
        subject=callout.rota.label,
        now=now,
        data={
            "person": callout.person.label,
            "since": callout.starts_at.isoformat(timespec="minutes"),
            "until": callout.ends_at.isoformat(timespec="minutes"),
        },
    )
