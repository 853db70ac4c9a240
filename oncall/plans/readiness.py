"""What makes a team ready for the nights of an application: items, each judged by its facts.

Every item says why it is asked. What nobody told is no data, which is neither good nor bad, and
holds a claim back just as a failure does, until it is told or somebody approves an exception.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from oncall.plans.claims import Stage

# The Ministry of Justice of the UK: at least six people, ideally eight, and nobody on call half of
# the time; the rota is planned for three months.
FEWEST_PEOPLE, IDEAL_PEOPLE = 6, 8
MOST_SHARE = 0.5
AHEAD_DAYS = 90
NAMES_SHOWN = 3


class State(StrEnum):
    """How an item stands."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    NO_DATA = "NO_DATA"
    EXEMPT = "EXEMPT"


MET = (State.PASS, State.EXEMPT)


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told: on which day it was done, by whom, and how many days ago."""

    on: date
    by: str
    days: int


@dataclass(frozen=True, slots=True)
class RotaFacts:
    """What is known of the chosen rota for the time ahead."""

    name: str
    slug: str
    is_retired: bool
    days_planned: int
    roles: frozenset[str]
    gaps: int
    gap_hours: float
    # The share of the time ahead that each person of primaries and secondaries is on call.
    shares: Mapping[str, float]
    response_minutes: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the items are judged by; `people` are those who take turns, by name."""

    application: str
    team: str
    has_runbook: bool
    told: Mapping[str, Told]
    good_for: int
    rota: RotaFacts | None
    people: frozenset[str]
    # Who has not been on call for anything before, and did no shadow shift.
    untried: frozenset[str]
    # What people lack to be reached: two ways that were tried lately, answers to all tests.
    unreachable: Mapping[str, str]
    manager: str
    dependencies: int
    unowned_dependencies: Collection[str]
    contacts: int
    personal_contacts: int
    attestation: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an item stands and what that is read from."""

    state: State
    evidence: str


@dataclass(frozen=True, slots=True)
class Item:
    """Something to be ready in: why, how it is judged, where it is mended, and by when.

    `mend` is a path with the names of the application, the team and the rota; `kind` names the
    evidence that people tell of it. It has to be met before the claim comes to `before`.
    """

    key: str
    title: str
    why: str
    judge: Callable[[Facts], Verdict]
    mend: str
    mend_label: str
    kind: str = ""
    before: Stage = Stage.TRIAL


def _names(found: Iterable[str]) -> str:
    names = sorted(found)
    shown = ", ".join(names[:NAMES_SHOWN])
    return f"{shown} and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else shown


def _passed(evidence: str) -> Verdict:
    return Verdict(State.PASS, evidence)


def _failed(evidence: str) -> Verdict:
    return Verdict(State.FAIL, evidence)


def _unknown(evidence: str) -> Verdict:
    return Verdict(State.NO_DATA, evidence)


def _told(kind: str, what: str) -> Callable[[Facts], Verdict]:
    """Return a judge of what people tell: it is good for so many days."""

    def judge(facts: Facts) -> Verdict:
        told = facts.told.get(kind)
        if told is None:
            return _unknown(f"Nobody has told that {what}.")
        words = f"{told.by} told that {what}, on {told.on.day} {told.on:%B %Y}"
        if told.days > facts.good_for:
            return _failed(f"{words}: more than {facts.good_for} days ago.")
        return _passed(f"{words}.")

    return judge


def _runbook(facts: Facts) -> Verdict:
    if not facts.has_runbook:
        return _failed("No runbook is known.")
    return _told("RUNBOOK_REVIEWED", "the runbook was reviewed")(facts)


def _cover(facts: Facts) -> Verdict:
    rota = facts.rota
    if rota is None:
        return _unknown("No rota is chosen.")
    if rota.is_retired:
        return _failed(f"{rota.name} is retired.")
    missing = {"primary", "secondary"} - rota.roles
    if missing:
        return _failed(f"{rota.name} has no {' and no '.join(sorted(missing))}.")
    if rota.days_planned < AHEAD_DAYS:
        return _failed(f"{rota.name} is planned for {rota.days_planned} days only.")
    if rota.gaps:
        gaps = "1 gap" if rota.gaps == 1 else f"{rota.gaps} gaps"
        return _failed(f"{gaps} of {rota.gap_hours:,.0f} hours in the next {AHEAD_DAYS} days.")
    return _passed(f"No gap of primary or secondary in the next {AHEAD_DAYS} days.")


def _people(facts: Facts) -> Verdict:
    if facts.rota is None:
        return _unknown("No rota is chosen.")
    number = len(facts.people)
    words = "1 person takes turns" if number == 1 else f"{number} people take turns"
    if number < FEWEST_PEOPLE:
        return _failed(f"{words}; it takes {FEWEST_PEOPLE}, ideally {IDEAL_PEOPLE}.")
    if number < IDEAL_PEOPLE:
        return _passed(f"{words}; ideally {IDEAL_PEOPLE} do.")
    return _passed(f"{words}.")


def _share(facts: Facts) -> Verdict:
    if facts.rota is None:
        return _unknown("No rota is chosen.")
    if not facts.rota.shares:
        return _unknown("Nobody is on call in the time ahead.")
    most = max(facts.rota.shares.values())
    heavy = [name for name, share in facts.rota.shares.items() if share >= MOST_SHARE]
    if heavy:
        return _failed(f"{_names(heavy)}: on call for up to {most:.0%} of the hours to cover.")
    return _passed(f"Nobody is on call for more than {most:.0%} of the hours to cover.")


def _reachable(facts: Facts) -> Verdict:
    if facts.rota is None:
        return _unknown("No rota is chosen.")
    if not facts.people:
        return _unknown("Nobody takes turns yet.")
    if facts.unreachable:
        name, lacks = min(facts.unreachable.items())
        others = len(facts.unreachable) - 1
        more = f", and {others} more" if others else ""
        return _failed(f"{name}: {lacks}{more}.")
    return _passed("All have two verified ways and answered a test page.")


def _shadow(facts: Facts) -> Verdict:
    if facts.rota is None:
        return _unknown("No rota is chosen.")
    if not facts.people:
        return _unknown("Nobody takes turns yet.")
    if facts.untried:
        return _failed(f"No shadow shift yet: {_names(facts.untried)}.")
    return _passed("Everybody did a shadow shift, or has been on call before.")


def _escalation(facts: Facts) -> Verdict:
    if facts.rota and "manager" in facts.rota.roles:
        return _passed(f"{facts.rota.name} has an escalation manager.")
    if facts.manager:
        return _passed(f"{facts.manager} leads above the team.")
    return _failed(f"Nobody leads above {facts.team}, and the rota has no manager.")


def _response(facts: Facts) -> Verdict:
    if facts.rota is None:
        return _unknown("No rota is chosen.")
    return _passed(f"Answers within {facts.rota.response_minutes} minutes.")


def _dependencies(facts: Facts) -> Verdict:
    if not facts.dependencies:
        return _unknown("No dependency is recorded, and nobody says that there is none.")
    if facts.unowned_dependencies:
        return _failed(f"Without an owner: {_names(facts.unowned_dependencies)}.")
    if facts.dependencies == 1:
        return _passed("The one that is recorded has an owner.")
    return _passed(f"All {facts.dependencies} that are recorded have an owner.")


def _contact(facts: Facts) -> Verdict:
    if facts.contacts > facts.personal_contacts:
        return _passed(f"{facts.team} can be reached as a team.")
    if facts.contacts:
        return _failed(f"The contacts of {facts.team} are addresses of persons.")
    return _failed(f"{facts.team} has no contact.")


def _attestation(facts: Facts) -> Verdict:
    if facts.attestation in {"CURRENT", "DUE_SOON"}:
        return _passed(f"The word of {facts.team} is current.")
    if not facts.attestation:
        return _failed("Nobody owns it.")
    return _failed(f"The word of {facts.team} is overdue.")


EDIT = "/apps/{application}/edit/"
ROTA = "/oncall/rotas/{rota}/"
CLAIM = "/apps/{application}/oncall/claim/"
EVIDENCE = CLAIM + "evidence/?kind={kind}"

ITEMS = (
    Item(
        "cover",
        "Cover without a gap",
        "Central support lets go of the nights, so somebody has to be there in each of them.",
        _cover,
        ROTA,
        "Open the rota",
    ),
    Item(
        "people",
        "Enough people",
        "Fewer than six are on call so often that holidays and illness leave nobody.",
        _people,
        ROTA,
        "Add people to the rota",
    ),
    Item(
        "share",
        "Nobody on call half of the time",
        "Who is on call every other night is not rested, and leaves.",
        _share,
        ROTA,
        "Share it among more",
    ),
    Item(
        "reachable",
        "Everybody can be reached",
        "One telephone fails, is lost or is silent; two ways and a tried one do not.",
        _reachable,
        ROTA,
        "See who is on it",
    ),
    Item(
        "shadow",
        "Shadow shifts done",
        "The first night is easier beside somebody who has done it before.",
        _shadow,
        EVIDENCE,
        "Tell of a shadow shift",
        kind="SHADOW_DONE",
        before=Stage.OWNED,
    ),
    Item(
        "runbook",
        "Runbook reviewed",
        "Steps that are written down are right at night too, if they still are.",
        _runbook,
        EVIDENCE,
        "Tell of the review",
        kind="RUNBOOK_REVIEWED",
    ),
    Item(
        "alerts",
        "Alerts tested",
        "An alert that was never seen to ring may not.",
        _told("ALERTS_TESTED", "the alerts were tested"),
        EVIDENCE,
        "Tell of the test",
        kind="ALERTS_TESTED",
    ),
    Item(
        "access",
        "Access to production tested",
        "Looking for rights is time that customers wait; break-glass has to work when all else does"
        " not.",
        _told("ACCESS_TESTED", "access to production was tested, break-glass included"),
        EVIDENCE,
        "Tell of the test",
        kind="ACCESS_TESTED",
    ),
    Item(
        "rollback",
        "Rollback or kill switch tested",
        "The quickest way to mend a change is to take it back.",
        _told("ROLLBACK_TESTED", "going back was tested"),
        EVIDENCE,
        "Tell of the test",
        kind="ROLLBACK_TESTED",
    ),
    Item(
        "slo",
        "Service level objective defined",
        "It says what is worth waking somebody for. It is told by people: the portal measures none"
        " yet.",
        _told("SLO_DEFINED", "the objective is defined"),
        EVIDENCE,
        "Tell of the objective",
        kind="SLO_DEFINED",
    ),
    Item(
        "escalation",
        "Escalation to a manager",
        "Some decisions nobody should have to take alone at night.",
        _escalation,
        ROTA,
        "Add a manager to the rota",
    ),
    Item(
        "response",
        "Response target",
        "Whoever calls, and whoever is called, know how soon an answer is due.",
        _response,
        ROTA,
        "Open the rota",
    ),
    Item(
        "dependencies",
        "Dependencies have owners",
        "Many incidents begin in something that another thing needs: somebody has to be callable"
        " there.",
        _dependencies,
        "/apps/{application}/dependencies/",
        "Record dependencies",
    ),
    Item(
        "contact",
        "The team has a contact",
        "People are reached through the rota and the team, never by the number of one of them.",
        _contact,
        "/teams/{team}/edit/",
        "Add a contact",
    ),
    Item(
        "attestation",
        "Ownership confirmed",
        "Nights follow the owner, so the owner has to be right.",
        _attestation,
        "/apps/{application}/ownership/",
        "Confirm it",
    ),
)
BY_KEY: Mapping[str, Item] = {item.key: item for item in ITEMS}


def judge(facts: Facts, exempt: Collection[str]) -> dict[str, Verdict]:
    """Return how every item stands; what would not pass is exempt where that was approved."""
    found = {}
    for item in ITEMS:
        verdict = item.judge(facts)
        if verdict.state != State.PASS and item.key in exempt:
            verdict = Verdict(State.EXEMPT, verdict.evidence)
        found[item.key] = verdict
    return found


def missing(states: Mapping[str, str], stage: Stage) -> list[Item]:
    """Return the items that still have to be met before a claim comes to a stage."""
    order = (Stage.TRIAL, Stage.OWNED)
    wanted = order[: order.index(stage) + 1] if stage in order else order
    return [item for item in ITEMS if item.before in wanted and states.get(item.key) not in MET]


def met(states: Mapping[str, str]) -> int:
    """Return how many of the items are met."""
    return sum(states.get(item.key) in MET for item in ITEMS)
