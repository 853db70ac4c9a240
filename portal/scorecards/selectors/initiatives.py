"""Reads of initiatives: how far each is, who still has to do what, and the way there."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from portal.accounts.policies import Viewer
from portal.scorecards.models import Initiative, Progress, RuleResult, RuleState, Standing

SATISFIED = (RuleState.PASS, RuleState.EXEMPT)


@dataclass(frozen=True, slots=True)
class Reached:
    """How many applications have reached the goal, of how many."""

    done: int
    total: int

    @property
    def share(self) -> float | None:
        """The part that is done; None when there is nobody to do it."""
        return self.done / self.total if self.total else None


def initiatives_visible_to(user: Viewer) -> QuerySet[Initiative]:
    """Return all initiatives with scorecard, team and owner, or none for somebody not active."""
    found = Initiative.objects.select_related("scorecard__current", "team", "owner")
    return found if user.is_active else found.none()


def members_of(initiative: Initiative) -> QuerySet[Standing]:
    """Return the standings of the applications that an initiative is for."""
    found = Standing.objects.filter(scorecard=initiative.scorecard_id)
    if initiative.tiers:
        found = found.filter(application__tier__in=initiative.tiers)
    if initiative.team is not None:
        found = found.filter(application__owner__lineage__contains=[initiative.team.pk])
    return found


def missing(initiative: Initiative) -> QuerySet[Standing]:
    """Return the standings of those that have not reached the goal."""
    found = members_of(initiative)
    if initiative.level is not None:
        return found.filter(level__lt=initiative.level)
    return found.filter(Exists(_unkept(initiative)))


def _unkept(initiative: Initiative) -> QuerySet[RuleResult]:
    """Return what an application of the outer query has not kept of the rules of the goal."""
    return RuleResult.objects.filter(
        Q(rule__in=initiative.rules),
        scorecard=initiative.scorecard_id,
        application=OuterRef("application"),
    ).exclude(state__in=SATISFIED)


def progress_of(initiative: Initiative) -> Reached:
    """Return how far an initiative is, from how applications stand now: two queries."""
    total = members_of(initiative).count()
    return Reached(total - missing(initiative).count(), total)


def course_of(initiative: Initiative) -> Sequence[Progress]:
    """Return how far it was on each day on which that changed, in order."""
    return list(Progress.objects.filter(initiative=initiative).order_by("on"))
