"""The matrix of a scorecard: applications by rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet

from portal.accounts.policies import Viewer
from portal.catalogue.models import Application, Team
from portal.catalogue.selectors import applications_visible_to
from portal.scorecards.models import RuleResult, Scorecard, Standing
from portal.scorecards.rules.evaluation import State


@dataclass(frozen=True, slots=True)
class Cell:
    """How one rule stands for one application; no state where the rule is not for it."""

    rule: str
    state: State | None
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One application with its level and a cell for each rule."""

    application: Application
    level: int
    level_name: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which applications a matrix shows; what is empty lets all through."""

    text: str = ""
    team: Team | None = None
    level: int | None = None
    rule: str = ""
    state: str = ""


def applications_in(user: Viewer, scorecard: Scorecard, wanted: Wanted) -> QuerySet[Application]:
    """Return the applications that a scorecard judges and that fit, without an order.

    `level` is added to them.
    """
    found = applications_visible_to(user).filter(standings__scorecard=scorecard)
    if wanted.text:
        found = found.filter(name__icontains=wanted.text)
    if wanted.team is not None:
        found = found.filter(owner__lineage__contains=[wanted.team.pk])
    if wanted.level is not None:
        found = found.filter(standings__level=wanted.level, standings__scorecard=scorecard)
    if wanted.rule or wanted.state:
        results = RuleResult.objects.filter(scorecard=scorecard, application=OuterRef("pk"))
        if wanted.rule:
            results = results.filter(rule=wanted.rule)
        if wanted.state:
            results = results.filter(state=wanted.state)
        found = found.filter(Exists(results))
    return found.annotate(level=F("standings__level"))


def with_results(
    applications: QuerySet[Application], scorecard: Scorecard
) -> QuerySet[Application]:
    """Return the same with their results in the scorecard fetched beside them: one more query."""
    results = RuleResult.objects.filter(scorecard=scorecard).defer("evidence")
    return applications.prefetch_related(Prefetch("ruleresult_set", results))


def rows_of(scorecard: Scorecard, applications: Iterable[Application]) -> list[Row]:
    """Return the rows of some applications, in one query for all."""
    applications = list(applications)
    definition = scorecard.definition
    results: dict[int, dict[str, tuple[str, str]]] = {}
    for pk, rule, state, evidence in RuleResult.objects.filter(
        scorecard=scorecard, application__in=applications
    ).values_list("application", "rule", "state", "evidence"):
        results.setdefault(pk, {})[rule] = (state, evidence["words"])
    levels = dict(
        Standing.objects.filter(scorecard=scorecard, application__in=applications).values_list(
            "application", "level"
        )
    )
    highest = len(definition.levels)
    return [
        Row(
            application=one,
            level=min(levels.get(one.pk, 0), highest),
            level_name=definition.level_name(min(levels.get(one.pk, 0), highest)),
            cells=[_cell(rule.key, results.get(one.pk, {})) for rule in definition.rules],
        )
        for one in applications
    ]


def _cell(rule: str, results: dict[str, tuple[str, str]]) -> Cell:
    if rule not in results:
        return Cell(rule, None, "")
    state, words = results[rule]
    return Cell(rule, State(state), words)
