"""Reads of initiatives: how far each is, who still has to do what, and the way there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from portal.accounts.policies import Viewer
from portal.catalogue.models import Application, Membership, TeamRole
from portal.scorecards.models import Initiative, Progress, RuleResult, RuleState, Standing
from portal.scorecards.models.initiatives import InitiativeQuerySet
from portal.scorecards.rules.definitions import Rule
from portal.scorecards.rules.evaluation import State

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


def initiatives_visible_to(user: Viewer) -> InitiativeQuerySet:
    """Return all initiatives with scorecard, team and owner, or none for somebody not active."""
    found = Initiative.objects.select_related("scorecard__current", "team", "owner")
    return found if user.is_active else found.none()


def leads_a_team(user: Viewer) -> bool:
    """Return whether the person leads any team at all."""
    return Membership.objects.filter(user=user.pk or 0, role=TeamRole.LEAD).exists()


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


@dataclass(frozen=True, slots=True)
class Listed:
    """An initiative in a list, with how far it was when it was measured last."""

    initiative: Initiative
    reached: Reached | None


def with_progress(initiatives: Iterable[Initiative]) -> list[Listed]:
    """Return the initiatives with their last measure, in one query for all."""
    initiatives = list(initiatives)
    latest = {
        one.initiative_id: Reached(one.done, one.total)
        for one in Progress.objects.filter(initiative__in=initiatives)
        .order_by("initiative", "-on")
        .distinct("initiative")
    }
    return [Listed(one, latest.get(one.pk)) for one in initiatives]


@dataclass(frozen=True, slots=True)
class Todo:
    """What one application still has to do for an initiative."""

    application: Application
    rules: Sequence[tuple[Rule, State, str]]


def left_to_do(initiative: Initiative, standings: Iterable[Standing]) -> list[Todo]:
    """Return what some applications still have to do, in two queries for all."""
    ids = [one.application_id for one in standings]
    definition = initiative.scorecard.definition
    wanted = {
        rule.key: rule
        for rule in definition.rules
        if (rule.level <= initiative.level if initiative.level else rule.key in initiative.rules)
    }
    found: dict[int, list[tuple[Rule, State]]] = {}
    for pk, key, state in (
        RuleResult.objects.filter(
            scorecard=initiative.scorecard_id, application__in=ids, rule__in=wanted
        )
        .exclude(state__in=SATISFIED)
        .values_list("application", "rule", "state")
    ):
        found.setdefault(pk, []).append((wanted[key], State(state)))
    applications = Application.objects.select_related("owner").in_bulk(ids)
    return [_todo(applications[pk], found.get(pk, [])) for pk in ids]


def _todo(application: Application, rules: Iterable[tuple[Rule, State]]) -> Todo:
    owner = application.owner.slug if application.owner else ""
    return Todo(
        application,
        [
            (rule, state, rule.mend.address(application=application.slug, owner=owner))
            for rule, state in sorted(rules, key=lambda pair: (pair[0].level, pair[0].key))
        ],
    )
