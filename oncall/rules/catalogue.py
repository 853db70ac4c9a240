"""The rules as they are shipped; a company sets other limits and another severity, never a rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """What follows from breaking a rule."""

    REFUSE = "refuse"
    WARN = "warn"
    MARK = "mark"


class Limit(NamedTuple):
    """Where a rule begins to be broken, and what follows; rules without a number have None."""

    threshold: float | None
    severity: Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of a rota for the sake of the people in it.

    `bounds` are the lowest and the highest threshold that make sense, in `unit`.
    """

    key: str
    name: str
    why: str
    source: str
    counts: str
    shipped: Limit
    unit: str = ""
    bounds: tuple[float, float] = (0, 0)

    @property
    def label(self) -> str:
        """The stable label of this rule in the audit trail."""
        return f"oncall-rule:{self.key}"


MOJ = "UK Ministry of Justice, on-call guidance"
SRE = "Google, Site Reliability Engineering, chapter 11"

DAILY_REST = "daily-rest"
SHARE_QUARTER, SHARE_IDEAL, SHARE_MOST = "share-quarter", "share-ideal", "share-most"
INCIDENTS = "incidents-per-shift"
WEEKLY_HOURS = "weekly-hours"
NIGHTS_IN_ROW = "nights-in-a-row"
DAY_OFF = "without-a-day-off"
BETWEEN_TURNS = "between-turns"
SHADOW_FIRST = "shadow-first"
PAIRED = "first-timers-paired"
SECOND_PERSON = "second-person"
ONE_ROTA = "one-rota-at-a-time"

RULES: tuple[Rule, ...] = (
    Rule(
        DAILY_REST,
        "Rest after a call-out at night",
        "Who was woken has not rested. The working day, or the next shift, waits until they have.",
        "Directive 2003/88/EC, article 3; Working Time Regulations 1998, regulation 10",
        "From the end of the last call-out between 23:00 and 06:00 to the next start of work or of"
        " a shift.",
        Limit(11, Severity.WARN),
        "hours",
        (1, 24),
    ),
    Rule(
        SHARE_QUARTER,
        "A quarter of the time on call",
        "Being on call is work beside the work. Beyond a quarter of the time projects suffer.",
        SRE,
        "Hours on call in any rota, counted once, of all hours of a calendar month.",
        Limit(25, Severity.MARK),
        "%",
        (1, 100),
    ),
    Rule(
        SHARE_IDEAL,
        "Ideally at most this much of the time on call",
        "Above it, people plan their lives around their shifts. It takes six people, ideally eight.",
        MOJ,
        "Hours on call in any rota, counted once, of all hours of a calendar month.",
        Limit(30, Severity.MARK),
        "%",
        (1, 100),
    ),
    Rule(
        SHARE_MOST,
        "Never this much of the time on call",
        "Above it nobody is rested, whatever they say.",
        MOJ,
        "Hours on call in any rota, counted once, of all hours of a calendar month.",
        Limit(50, Severity.REFUSE),
        "%",
        (1, 100),
    ),
    Rule(
        INCIDENTS,
        "Incidents in a shift",
        "An incident takes about six hours with its follow-up: more of them leave no time to learn.",
        SRE,
        "Call-outs that begin in one shift, of the last four weeks.",
        Limit(2, Severity.MARK),
        "incidents",
        (1, 50),
    ),
    Rule(
        WEEKLY_HOURS,
        "Hours of work in a week",
        "Too long weeks make mistakes and make people ill. Who has signed the opt-out is left out.",
        "Directive 2003/88/EC, article 6; Working Time Regulations 1998, regulation 4",
        "Working hours of the team and call-outs outside of them, on average over the last 17 weeks."
        " Being on call at home is rest until one is called.",
        Limit(48, Severity.WARN),
        "hours",
        (1, 100),
    ),
    Rule(
        NIGHTS_IN_ROW,
        "Nights in a row as primary",
        "Sleep that may be broken adds up, and a second bad week finds nobody at their best.",
        "Working Time Regulations 1998, regulation 11; HSE guidance HSG256",
        "Nights, 23:00 to 06:00 by the person's clocks, of which at least three hours are on call.",
        Limit(7, Severity.WARN),
        "nights",
        (1, 60),
    ),
    Rule(
        DAY_OFF,
        "Time without a day off",
        "Everybody has a right to a whole day in which nobody calls: two of them in two weeks.",
        "Directive 2003/88/EC, article 5; Working Time Regulations 1998, regulation 11",
        "Days on call in any role, as long as no break of 24 hours lies between.",
        Limit(14, Severity.WARN),
        "days",
        (1, 90),
    ),
    Rule(
        BETWEEN_TURNS,
        "Time between two turns of nights",
        "Two nights' sleep at least, before the next ones may be broken.",
        "Working Time Regulations 1998, regulation 11",
        "From the end of nights as primary to the start of the next, where a day lies between.",
        Limit(48, Severity.WARN),
        "hours",
        (24, 500),
    ),
    Rule(
        SHADOW_FIRST,
        "Shadow first, then primary",
        "The first call is not the time to learn where the runbook is.",
        f"{MOJ}: people serve beside others first",
        "Shifts as primary of who has never been on call in the rota and takes no turns in it.",
        Limit(None, Severity.WARN),
    ),
    Rule(
        PAIRED,
        "First-timers are paired",
        "Who answers for the first time knows whom to call, and is never alone.",
        MOJ,
        "A first shift as primary without another person as secondary all the time.",
        Limit(None, Severity.WARN),
    ),
    Rule(
        SECOND_PERSON,
        "Two people at any time",
        "The secondary is called when the primary does not answer. The same phone does not help.",
        MOJ,
        "Hours in which one person has two roles of one rota, or the same role twice.",
        Limit(None, Severity.REFUSE),
    ),
    Rule(
        ONE_ROTA,
        "One rota at a time",
        "Two rotas call at the same time on the worst nights.",
        f"{SRE}: a balance in quantity",
        "Hours on call in two rotas at once; as a shadow does not count.",
        Limit(None, Severity.WARN),
    ),
)

BY_KEY: Mapping[str, Rule] = {rule.key: rule for rule in RULES}
# Of these only the highest that is broken is told: it is one fact.
SHARES = (SHARE_QUARTER, SHARE_IDEAL, SHARE_MOST)
