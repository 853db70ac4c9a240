"""Checks of how an application delivers, from the same KPIs that every page shows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kpis.metrics.definitions import (
    BY_KEY,
    CHANGE_FAIL_RATE,
    DEPLOYMENT_FREQUENCY,
    LEAD_TIME,
    MERGE_TO_PRODUCTION,
    RECOVERY_TIME,
    Kpi,
)
from kpis.metrics.words import basis, rate
from portal.core.words import duration, percent
from portal.scorecards.rules.checks import CheckType, Finding, Judge, Mend, Parameters
from portal.scorecards.rules.parameters import number, share, span, whole

DAYS_PER_WEEK = 7
DELIVERY = Mend("See its delivery", "/apps/{application}/")
CHANGES = Mend("See its changes", "/kpis/application/{application}/changes/")
DEPLOYMENTS = Mend("See its deployments", "/kpis/application/{application}/deployments/")
INCIDENTS = Mend("See its incidents", "/kpis/application/{application}/incidents/?show=open")


@dataclass(frozen=True, slots=True)
class Measured:
    """A KPI of a period, `when` with its preposition; a value of None is no data."""

    value: float | None
    n: int
    when: str


def _measured(kpi: Kpi, say: Callable[[float], str], *, least: str = "", most: str = "",
              factor: int = 1) -> Judge:  # fmt: skip
    """Return a judge of a KPI: at least, or at most, what the parameter of that name says."""

    def judge(found: Measured, parameters: Parameters, _now: datetime) -> Finding:
        if found.value is None:
            return Finding(None, f"No {kpi.noun[1]} {found.when}")
        words = f"{say(found.value)} {found.when}, {basis(kpi, found.n)}"
        value = found.value * factor
        return Finding(value >= parameters[least] if least else value <= parameters[most], words)

    return judge


def _deployed_within(latest: date, parameters: Parameters, now: datetime) -> Finding:
    days = (now.date() - latest).days
    return Finding(days <= parameters["days"], f"Last deployed on {latest.day} {latest:%B %Y}")


def _open_incidents(count: int, parameters: Parameters, _now: datetime) -> Finding:
    noun = "open incident" if count == 1 else "open incidents"
    return Finding(count <= parameters["at_most"], f"{count:,} {noun}" if count else f"No {noun}")


def _kpi(key: str, kpi: Kpi, title: str, **more: Any) -> CheckType:
    return CheckType(
        key=key,
        title=title,
        kpi=kpi.key,
        unknown=f"{BY_KEY[kpi.key].name} is not known.",
        **({"fact": kpi.key} | more),
    )


CHECKS = (
    CheckType(
        key="deployed_within",
        title="Deployed lately",
        fact="last_deployed_on",
        judge=_deployed_within,
        asks="a deployment to production within {days}",
        unknown="No deployment to production is known.",
        mend=DELIVERY,
        parameters=(whole("days", lowest=1, highest=3650, units=("day", "days")),),
    ),
    _kpi(
        "deployment_frequency",
        DEPLOYMENT_FREQUENCY,
        "Deploys often",
        judge=_measured(DEPLOYMENT_FREQUENCY, rate, least="at_least", factor=DAYS_PER_WEEK),
        asks="at least {at_least} to production",
        mend=DEPLOYMENTS,
        parameters=(number("at_least", units=("deployment a week", "deployments a week")),),
    ),
    _kpi(
        "change_fail_rate",
        CHANGE_FAIL_RATE,
        "Few deployments fail",
        judge=_measured(CHANGE_FAIL_RATE, percent, most="at_most"),
        asks="at most {at_most} of deployments that led to a failure",
        mend=DEPLOYMENTS,
        parameters=(share("at_most"),),
    ),
    _kpi(
        "lead_time",
        LEAD_TIME,
        "Changes go live soon",
        judge=_measured(LEAD_TIME, duration, most="at_most"),
        asks="a median of at most {at_most} from first commit to live",
        mend=CHANGES,
        parameters=(span("at_most"),),
    ),
    _kpi(
        "fast_share",
        MERGE_TO_PRODUCTION,
        "Merged changes are live within fifteen minutes",
        fact="fast_share",
        judge=_measured(MERGE_TO_PRODUCTION, percent, least="at_least"),
        asks="at least {at_least} of merged changes live within 15 min",
        mend=CHANGES,
        parameters=(share("at_least"),),
    ),
    _kpi(
        "recovery_time",
        RECOVERY_TIME,
        "Recovers fast",
        judge=_measured(RECOVERY_TIME, duration, most="at_most"),
        asks="a median of at most {at_most} to recover from a failed deployment",
        mend=DEPLOYMENTS,
        parameters=(span("at_most"),),
    ),
    CheckType(
        key="open_incidents",
        title="Few incidents are open",
        fact="open_incidents",
        judge=_open_incidents,
        asks="at most {at_most} open",
        unknown="It is not known whether incidents are open.",
        mend=INCIDENTS,
        parameters=(whole("at_most", default=0, units=("incident", "incidents")),),
    ),
)
