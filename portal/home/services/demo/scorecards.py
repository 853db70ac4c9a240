"""Scorecards of the demo company: half a year of getting ready, exemptions and initiatives.

History is made by the evaluation itself, week by week with the instants of then, while runbooks
turn up one by one. A company of many applications has today alone: half a year of it would take
longer than all the rest.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Value
from django.db.models.functions import Concat

from portal.accounts.models import Role, User
from portal.catalogue.models import Application, Membership, Team, TeamRole
from portal.home.services.demo.company import DOMAIN
from portal.scorecards.models import (
    Exemption,
    ExemptionState,
    Initiative,
    InitiativeState,
    RuleResult,
    RuleState,
    Scorecard,
    Snapshot,
    Standing,
)
from portal.scorecards.services.definitions import load_shipped
from portal.scorecards.services.evaluation import evaluate_all
from portal.scorecards.services.initiatives import advance_initiatives

WEEKS = 26
MOST_WITH_HISTORY = 1000
# Every so many applications has no runbook to this day.
WITHOUT_RUNBOOK = 7
SCORECARD_TABLES = (RuleResult, Standing, Snapshot)
REASONS = (
    (ExemptionState.PENDING, "The runbook is on paper; the wiki moves next month."),
    (ExemptionState.APPROVED, "It is switched off in the spring; mending it would be waste."),
    (ExemptionState.REJECTED, "We have no time for this."),
    (ExemptionState.REVOKED, "The vendor keeps the runbook."),
    (ExemptionState.EXPIRED, "The team changes hands this quarter."),
)
ANSWERS = {
    ExemptionState.APPROVED: "Agreed until it is switched off.",
    ExemptionState.REJECTED: "An hour is enough. Ask again if it is not.",
    ExemptionState.REVOKED: "The vendor has sent it.",
}


def write_scorecards(*, until: date, now: datetime) -> None:
    """Judge the demo company as it was each week and as it is, with exemptions and initiatives."""
    load_shipped(now=_noon(until, WEEKS * 7))
    _write_initiatives(until)
    if Application.objects.count() <= MOST_WITH_HISTORY:
        for week in range(WEEKS, 0, -1):
            _set_runbooks(WEEKS - week)
            _judge(_noon(until, 7 * week))
    _set_runbooks(WEEKS)
    _judge(_noon(until, 1))
    _write_exemptions(until)
    _judge(now)


def _judge(at: datetime) -> None:
    evaluate_all(now=at)
    advance_initiatives(now=at)


def _noon(until: date, days: int) -> datetime:
    return datetime.combine(until - timedelta(days=days), time(12), tzinfo=UTC)


def _set_runbooks(week: int) -> None:
    """Give a runbook to those that had one by a week: a few more with each."""
    owned = Application.objects.exclude(owner=None)
    there = [
        pk
        for place, pk in enumerate(owned.order_by("slug").values_list("pk", flat=True))
        if place % WITHOUT_RUNBOOK and place % WEEKS <= week
    ]
    owned.exclude(pk__in=there).update(runbook_url="")
    Application.objects.filter(pk__in=there).update(
        runbook_url=Concat(Value(f"https://wiki.{DOMAIN}/runbooks/"), "slug")
    )


def _write_initiatives(until: date) -> None:
    """Write one initiative that is under way and one that comes late."""
    drivers = User.objects.filter(role=Role.OPERATIONS, is_active=True).order_by("email")
    owner = drivers.filter(email__endswith=DOMAIN).first() or drivers.first()
    if owner is None:
        return
    for title, why, slug, level, tiers, team, begins, due in (
        (
            "Silver wherever customers notice at once",
            "Tier 1 must be helped at three in the morning by whoever is called.",
            "operational-readiness", 2, [1], None, 150, -30,
        ),
        (
            "Payments deliver at silver",
            "The new scheme rules ask for a fix within a week.",
            "delivery", 2, [], "payments", 120, 14,
        ),
    ):  # fmt: skip
        Initiative.objects.create(
            title=title,
            why=why,
            scorecard=Scorecard.objects.get(slug=slug),
            level=level,
            tiers=tiers,
            team=Team.objects.filter(slug=team).first(),
            owner=owner,
            starts_on=until - timedelta(days=begins),
            due_on=until - timedelta(days=due),
            state=InitiativeState.SCHEDULED,
            state_since=_noon(until, begins),
        )


def _write_exemptions(until: date) -> None:
    """Write an exemption of each state, where a runbook is missing and two people can be told."""
    crews = _crews()
    for (state, reason), (application, asker, decider) in zip(REASONS, crews, strict=False):
        asked_at = _noon(until, 40 if state == ExemptionState.EXPIRED else 20)
        is_decided = state != ExemptionState.PENDING
        is_over = state not in {ExemptionState.PENDING, ExemptionState.APPROVED}
        decided_at = asked_at + timedelta(days=1)
        expires_at = asked_at + timedelta(days=30 if state == ExemptionState.EXPIRED else 60)
        ends = {ExemptionState.REJECTED: decided_at, ExemptionState.EXPIRED: expires_at}
        Exemption.objects.create(
            scorecard=Scorecard.objects.get(slug="operational-readiness"),
            application=application,
            rule="runbook",
            reason=reason,
            state=state,
            asked_by=asker,
            asked_at=asked_at,
            expires_at=expires_at,
            decided_by=decider if is_decided else None,
            decided_at=decided_at if is_decided else None,
            answer=ANSWERS.get(state, ""),
            ended_at=ends.get(state, asked_at + timedelta(days=9)) if is_over else None,
            ended_by=decider if state == ExemptionState.REVOKED else None,
        )


def _crews() -> Iterator[tuple[Application, User, User]]:
    """Yield applications whose runbook is missing, each with a member and a lead of its team."""
    missing = (
        RuleResult.objects.filter(
            scorecard__slug="operational-readiness", rule="runbook", state=RuleState.FAIL
        )
        .select_related("application__owner")
        .order_by("application__slug")
    )
    for result in missing[:50]:
        people = Membership.objects.filter(team=result.application.owner).select_related("user")
        by_role = {one.role: one.user for one in people.order_by("role", "-user__email")}
        if len(by_role) == len(TeamRole):
            yield result.application, by_role[TeamRole.MEMBER], by_role[TeamRole.LEAD]
