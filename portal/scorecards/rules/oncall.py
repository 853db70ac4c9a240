"""Checks of who answers for an application at night."""

from datetime import datetime

from portal.core.words import percent
from portal.scorecards.rules.checks import CheckType, Finding, Mend, Parameters
from portal.scorecards.rules.parameters import share, whole

NIGHTS = Mend("See its nights", "/apps/{application}/oncall/claim/")


def _owned(value: bool, _parameters: Parameters, _now: datetime) -> Finding:  # noqa: FBT001
    words = "Its team owns its nights" if value else "Its team does not own its nights"
    return Finding(value, words)


def _covered(value: bool, _parameters: Parameters, _now: datetime) -> Finding:  # noqa: FBT001
    words = "Somebody is first to be called in every hour of the next 30 days"
    return Finding(value, words if value else "Nobody is first to be called in some hours ahead")


def _people(value: int, parameters: Parameters, _now: datetime) -> Finding:
    noun = "person takes turns" if value == 1 else "people take turns"
    return Finding(value >= parameters["at_least"], f"{value:,} {noun} at night")


def _readiness(value: float, parameters: Parameters, _now: datetime) -> Finding:
    return Finding(value >= parameters["at_least"], f"{percent(value)} of readiness met")


CHECKS = (
    CheckType(
        key="oncall_owned",
        title="Its team owns its nights",
        fact="oncall.owned",
        judge=_owned,
        asks="that its team answers at night",
        unknown="It is not known who answers at night.",
        mend=NIGHTS,
    ),
    CheckType(
        key="oncall_has_cover",
        title="Somebody answers at night",
        fact="oncall.has_cover",
        judge=_covered,
        asks="somebody to be called first in every hour to cover of the next 30 days",
        unknown="No rota answers for it, not even a central one.",
        mend=NIGHTS,
    ),
    CheckType(
        key="oncall_people",
        title="Enough people take turns",
        fact="oncall.people",
        judge=_people,
        asks="at least {at_least} in the rota of its team",
        unknown="Its team does not answer at night, so there is no rota of its own to count.",
        mend=NIGHTS,
        parameters=(whole("at_least", lowest=1, default=6, units=("person", "people")),),
    ),
    CheckType(
        key="oncall_readiness",
        title="Ready for its nights",
        fact="oncall.readiness",
        judge=_readiness,
        asks="at least {at_least} of the items of readiness met",
        unknown="Nobody has claimed its nights, so readiness was never checked.",
        mend=NIGHTS,
        parameters=(share("at_least"),),
    ),
)
