"""How one application stands: level, what to do next, and every rule with its evidence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, QuerySet, Subquery
from django.db.models.lookups import GreaterThan

from kpis.models import ScopeKind
from portal.audit.selectors import entries
from portal.catalogue.models import Application
from portal.scorecards.models import (
    Exemption,
    RuleResult,
    Scorecard,
    Snapshot,
    Standing,
)
from portal.scorecards.rules.definitions import Definition, Rule
from portal.scorecards.rules.evaluation import State, next_steps

HISTORY_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One rule for one application: how it stands, why it is asked, where it is mended."""

    rule: Rule
    state: State
    words: str
    wanted: str
    since: datetime
    mend_url: str
    rows_url: str
    exemption: Exemption | None = None


@dataclass(frozen=True, slots=True)
class LevelGroup:
    """The rules of one level."""

    rank: int
    name: str
    lines: Sequence[Line]

    @property
    def satisfied(self) -> int:
        """How many of them pass or are exempt."""
        return sum(line.state in {State.PASS, State.EXEMPT} for line in self.lines)


@dataclass(frozen=True, slots=True)
class Card:
    """How an application stands in one scorecard."""

    scorecard: Scorecard
    definition: Definition
    standing: Standing
    lines: Sequence[Line]

    @property
    def level(self) -> int:
        """The rank of the level that is reached; a scorecard may have lost levels since."""
        return min(self.standing.level, len(self.definition.levels))

    @property
    def level_name(self) -> str:
        return self.definition.level_name(self.level)

    @property
    def next_name(self) -> str:
        """The name of the next level; empty at the highest."""
        is_top = self.level == len(self.definition.levels)
        return "" if is_top else self.definition.level_name(self.level + 1)

    @property
    def steps(self) -> list[Line]:
        """What keeps the application from the next level."""
        wanted = next_steps(self.definition, {one.rule.key: one.state for one in self.lines})
        by_key = {one.rule.key: one for one in self.lines}
        return [by_key[rule.key] for rule in wanted]

    @property
    def groups(self) -> list[LevelGroup]:
        """The rules by their levels, the lowest first."""
        return [
            LevelGroup(rank, name, [line for line in self.lines if line.rule.level == rank])
            for rank, name in enumerate(self.definition.levels, start=1)
        ]


def _standings(application: Application) -> QuerySet[Standing]:
    return (
        Standing.objects.filter(application=application)
        .select_related("scorecard__current")
        .order_by("scorecard__position", "scorecard__title")
    )


def cards_of(
    application: Application,
    exemptions: Mapping[tuple[int, str], Exemption] | None = None,
    standings: Iterable[Standing] | None = None,
) -> list[Card]:
    """Return how an application stands in every scorecard that is for it, in two queries."""
    standings = list(_standings(application) if standings is None else standings)
    results: dict[int, dict[str, RuleResult]] = {}
    if standings:
        for result in RuleResult.objects.filter(application=application):
            results.setdefault(result.scorecard_id, {})[result.rule] = result
    return [
        _card(application, one, results.get(one.scorecard_id, {}), exemptions or {})
        for one in standings
    ]


def _card(
    application: Application,
    standing: Standing,
    results: Mapping[str, RuleResult],
    exemptions: Mapping[tuple[int, str], Exemption],
) -> Card:
    definition = standing.scorecard.definition
    return Card(
        scorecard=standing.scorecard,
        definition=definition,
        standing=standing,
        lines=[
            _line(
                application,
                rule,
                results[rule.key],
                exemptions.get((standing.scorecard_id, rule.key)),
            )
            for rule in definition.rules
            if rule.key in results
        ],
    )


def _line(
    application: Application, rule: Rule, result: RuleResult, exemption: Exemption | None
) -> Line:
    names = {
        "application": application.slug,
        "owner": application.owner.slug if application.owner else "",
    }
    return Line(
        rule=rule,
        state=State(result.state),
        words=result.evidence["words"],
        wanted=result.evidence["wanted"],
        since=result.since,
        mend_url=rule.mend.address(**names),
        rows_url=rule.check.mend.address(**names) if rule.check.kpi else "",
        exemption=exemption,
    )


@dataclass(frozen=True, slots=True)
class Step:
    """A day from which an application stood otherwise than before."""

    on: date
    scorecard: Scorecard
    level: int
    level_name: str
    passed: int
    failed: int
    unknown: int
    exempt: int


def history_of(application: Application) -> list[Step]:
    """Return the latest days on which an application came to stand otherwise, newest first."""
    found = (
        Snapshot.objects.filter(scope_kind=ScopeKind.APPLICATION, scope_id=application.pk)
        .select_related("scorecard__current")
        .order_by("-on", "scorecard__position")[:HISTORY_SHOWN]
    )
    return [_step(one) for one in found if sum(one.levels)]


def _step(snapshot: Snapshot) -> Step:
    definition = snapshot.scorecard.definition
    level = min(snapshot.levels.index(1), len(definition.levels))
    return Step(
        on=snapshot.on,
        scorecard=snapshot.scorecard,
        level=level,
        level_name=definition.level_name(level),
        passed=snapshot.passed,
        failed=snapshot.failed,
        unknown=snapshot.unknown,
        exempt=snapshot.exempt,
    )


@dataclass(frozen=True, slots=True)
class CardPage:
    """The cards of an application's page; stale while something told is not judged yet."""

    cards: Sequence[Card]
    is_stale: bool


def card_page(application: Application) -> CardPage:
    """Return the cards of an application and whether news is under way: two queries."""
    told_at = entries(subject=application.label).order_by("-at").values("at")[:1]
    standings = list(
        _standings(application).annotate(is_old=GreaterThan(Subquery(told_at), F("evaluated_at")))
    )
    is_stale = any(getattr(one, "is_old", False) for one in standings)
    return CardPage(cards_of(application, standings=standings), is_stale)
