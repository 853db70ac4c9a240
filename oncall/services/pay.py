"""Pay: by which rates, and the reports of months, approved by who is not paid by them alone."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from oncall import policies
from oncall.adapters.reports import month_span
from oncall.adapters.tariffs import RulesError, read_rules
from oncall.models import PayGrade, PayReport, PayScheme, PersonGrade, ReportState
from oncall.selectors.pay import Draft, draft
from oncall.services.shifts import FREEZE_AFTER
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Team
from portal.catalogue.selectors import nearest_leads
from portal.notifications.services import notify

__all__ = [
    "PayError",
    "RulesError",
    "approve_report",
    "choose_grade",
    "define_scheme",
    "record_export",
    "set_grade",
]


class PayError(ValueError):
    """It cannot be approved or set as things stand; the message says why."""


@transaction.atomic
def approve_report(*, team: Team, month: date, seen: str, actor: User, now: datetime) -> PayReport:
    """Freeze the pay of a month as it was seen.

    Who has a line in it only checks it: a second person approves the same lines.

    Args:
        seen: the digest of the lines that the actor saw.

    Raises:
        NotAllowedError: when the actor does not lead the team.
        PayError: when the month is not over, it is approved, it changed since it was seen, or the
            second person would be the first.
    """
    policies.require(actor, policies.APPROVE_PAY, team)
    if now < month_span(month, ZoneInfo(team.zone)).end + FREEZE_AFTER:
        raise PayError("The month is not over for a day yet, so its shifts may still change.")
    # The team is locked, not the row: two who come first would both find none.
    Team.objects.select_for_update().get(pk=team.pk)
    known = draft(team, month)
    report = known.report or PayReport(team=team, month=month)
    if report.is_approved:
        raise PayError(f"{report.approved_by} has approved it already.")
    if known.digest != seen:
        raise PayError("It changed since you opened it. Look at it again, then approve it.")
    is_in_it = any(one.person == actor.pk for one in known.people)
    is_checked = known.state == ReportState.CHECKED
    report.scheme, report.lines, report.digest = known.scheme, known.lines, known.digest
    if is_checked and report.checked_by == actor:
        raise PayError("You have checked it. A second person approves it.")
    if is_in_it and not is_checked:
        report.state, report.checked_by, report.checked_at = ReportState.CHECKED, actor, now
        report.save()
        _ask_second(report, actor, now)
        _tell(AuditEvent.PAY_CHECKED, report, known, actor, now)
        return report
    if not is_checked:
        report.checked_by = report.checked_at = None
    report.state, report.approved_by, report.approved_at = ReportState.APPROVED, actor, now
    report.save()
    _tell_paid(report, known, now)
    _tell(AuditEvent.PAY_APPROVED, report, known, actor, now)
    return report


@transaction.atomic
def define_scheme(
    *,
    team: Team | None,
    name: str,
    currency: str,
    valid_from: date,
    rules: Mapping[str, Any],
    actor: User,
    now: datetime,
    reason: str = "",
) -> PayScheme:
    """Say by which rates a team, or the company, is paid from a month on.

    What is approved stays as it was paid.

    Raises:
        NotAllowedError: when the actor does not run the portal.
        RulesError: when the rules cannot be read.
        PayError: when it does not begin with a month.
    """
    policies.require(actor, policies.SET_PAY)
    read_rules(rules)
    if valid_from.day != 1:
        raise PayError("Rates change with the first day of a month.")
    earlier = PayScheme.objects.select_for_update(of=("self",)).filter(team=team)
    last = max(earlier.values_list("number", flat=True), default=0)
    scheme = PayScheme.objects.create(
        team=team,
        number=last + 1,
        name=name.strip(),
        currency=currency,
        valid_from=valid_from,
        rules=rules,
        reason=reason.strip(),
        created_by=actor,
        created_at=now,
    )
    audit.record(
        AuditEvent.PAY_SCHEME_DEFINED,
        actor=actor.label,
        subject=scheme.label,
        now=now,
        data={"name": scheme.name, "number": scheme.number, "since": valid_from.isoformat()},
        texts={"reason": scheme.reason} if scheme.reason else {},
    )
    return scheme


@transaction.atomic
def set_grade(
    *, name: str, day_rate: Decimal, valid_from: date, actor: User, now: datetime
) -> PayGrade:
    """Set what a day of a grade is worth from a day on; the same day again mends it.

    Raises:
        NotAllowedError: when the actor does not run the portal.
        PayError: when the rate is below nought or the name empty.
    """
    policies.require(actor, policies.SET_PAY)
    if not name.strip() or day_rate < 0:
        raise PayError("A grade has a name and a day rate of nought or more.")
    grade, _ = PayGrade.objects.update_or_create(
        name=name.strip(),
        valid_from=valid_from,
        defaults={"day_rate": day_rate, "created_by": actor, "created_at": now},
    )
    audit.record(
        AuditEvent.PAY_GRADE_SET,
        actor=actor.label,
        subject=f"pay-grade:{grade.name}",
        now=now,
        data={"rate": f"{day_rate:.2f}", "since": valid_from.isoformat()},
    )
    return grade


@transaction.atomic
def choose_grade(
    *, person: User, grade: str, valid_from: date, actor: User, now: datetime
) -> PersonGrade:
    """Say of which grade somebody is from a day on; an empty one takes it back.

    Raises:
        NotAllowedError: when the actor does not run the portal.
        PayError: when there is no such grade.
    """
    policies.require(actor, policies.SET_PAY)
    if grade and not PayGrade.objects.filter(name=grade).exists():
        raise PayError(f"There is no grade “{grade}”. Set its day rate first.")
    chosen = PersonGrade.objects.create(
        person=person, grade=grade, valid_from=valid_from, chosen_by=actor, chosen_at=now
    )
    audit.record(
        AuditEvent.PERSON_GRADED,
        actor=actor.label,
        subject=person.label,
        now=now,
        data={"grade": grade or "none", "since": valid_from.isoformat()},
    )
    return chosen


@transaction.atomic
def record_export(*, known: Draft, form: str, actor: User, now: datetime) -> None:
    """Record that somebody takes the lines of a report away."""
    audit.record(
        AuditEvent.PAY_EXPORTED,
        actor=actor.label,
        subject=_label(known),
        now=now,
        data={"rows": len(known.lines), "format": form},
    )


def _label(known: Draft) -> str:
    return PayReport(team=known.team, month=known.month).label


def _ask_second(report: PayReport, actor: User, now: datetime) -> None:
    notify(
        people=[one for one in nearest_leads(report.team) if one != actor],
        kind="oncall.pay.ready",
        title=f"The on-call pay of {report.team} for {report.month:%B %Y} waits for you",
        text=f"{actor} has a line in it and has checked it. A second person approves it.",
        url=report.get_absolute_url(),
        now=now,
        key=f"pay:{report.pk}:{report.digest}:second",
    )


def _tell_paid(report: PayReport, known: Draft, now: datetime) -> None:
    people = User.objects.filter(pk__in=[one.person for one in known.people])
    notify(
        people=people,
        kind="oncall.pay.ready",
        title=f"Your on-call pay for {report.month:%B %Y} is approved",
        text=f"{report.approved_by} approved it. Your lines, and the shifts behind, are there.",
        url=report.get_absolute_url(),
        now=now,
        key=f"pay:{report.pk}:approved",
    )


def _tell(event: AuditEvent, report: PayReport, known: Draft, actor: User, now: datetime) -> None:
    audit.record(
        event,
        actor=actor.label,
        subject=report.label,
        now=now,
        data={
            "lines": len(known.lines),
            "people": len(known.people),
            "digest": report.digest,
        },
    )
