"""The six delivery KPIs as data: what each means, and how it is read off a summary.

The text is shown as it stands on the definitions page; a tile, a chart and the API take value and
n from the same entry, so a figure cannot differ between them.
Sources: DORA's guide to the software delivery metrics (dora.dev, 2024 and 2025 editions), and the
fifteen minutes from merge to production after Charity Majors.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

# Goes up with every change of a definition, so that a stored answer says what computed it.
ENGINE_VERSION = "1"
# Fewer values than these say little: no trend is judged, and a p90 is greyed.
FEWEST_FOR_TREND = 5
FEWEST_FOR_P90 = 20


class Unit(Enum):
    """How a value is read: the API sends the name, pages say it in human units."""

    PER_DAY = "per_day"
    SECONDS = "seconds"
    SHARE = "share"


class Summary(Protocol):
    """What is known of one period of one scope; spans are seconds, unknown ones are None."""

    @property
    def deployments(self) -> int: ...
    @property
    def deployment_days(self) -> int: ...
    @property
    def finished(self) -> int: ...
    @property
    def failures(self) -> int: ...
    @property
    def rework(self) -> int: ...
    @property
    def merged(self) -> int: ...
    @property
    def fast(self) -> int: ...
    @property
    def lead_n(self) -> int: ...
    @property
    def lead_p50(self) -> float | None: ...
    @property
    def lead_p75(self) -> float | None: ...
    @property
    def lead_p90(self) -> float | None: ...
    @property
    def merge_p50(self) -> float | None: ...
    @property
    def merge_p90(self) -> float | None: ...
    @property
    def recovery_n(self) -> int: ...
    @property
    def recovery_p50(self) -> float | None: ...
    @property
    def recovery_p90(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Beside:
    """A further figure that belongs beside a KPI, such as its 90th percentile."""

    key: str
    label: str
    unit: Unit
    value: Callable[[Summary], float | None]
    fewest: int = 1


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI: its words, and how value and n are read off a summary.

    `value` takes the summary and the days it covers. `comparatives` are the words for a lower
    and a higher value; `rows` names the kind of fact behind the figure, and
    `show` which of them its n counts.
    """

    key: str
    name: str
    unit: Unit
    lower_is_better: bool
    comparatives: tuple[str, str]
    sentence: str
    formula: str
    counts: tuple[str, ...]
    source: str
    rows: str
    show: str
    noun: tuple[str, str]
    value: Callable[[Summary, int], float | None]
    n: Callable[[Summary], int]
    beside: tuple[Beside, ...] = ()

    @property
    def anchor(self) -> str:
        """The fragment of this KPI on the definitions page."""
        return self.key.replace("_", "-")


def share(part: int, whole: int) -> float | None:
    """Return part / whole, or None when there is nothing to divide by: no data is never 0."""
    return part / whole if whole else None


DEPLOYMENT_FREQUENCY = Kpi(
    key="deployment_frequency",
    name="Deployment frequency",
    unit=Unit.PER_DAY,
    lower_is_better=False,
    comparatives=("lower", "higher"),
    sentence="How often something new reaches production.",
    formula="Successful production deployments / days of the period.",
    counts=(
        "Deployments that finished with success in an environment marked as production.",
        "Every calendar day counts, weekends too; of a period still under way, the days so far.",
        "Beside it: the median, over ISO weeks, of days in the week with a deployment.",
    ),
    source="DORA 2024 and 2025, “deployment frequency”.",
    rows="deployments",
    show="succeeded",
    noun=("deployment", "deployments"),
    value=lambda row, days: row.deployments / days if days and row.deployments else None,
    n=lambda row: row.deployments,
)

LEAD_TIME = Kpi(
    key="lead_time",
    name="Change lead time",
    unit=Unit.SECONDS,
    lower_is_better=True,
    comparatives=("shorter", "longer"),
    sentence="How long a change takes from its first commit until it is live.",
    formula=(
        "Median of: end of the first successful production deployment that contains the change"
        " - time of the change's first commit."
    ),
    counts=(
        "Changes that first went live in the period.",
        (
            "A change is in a deployment when its commit can be reached from it and not from the"
            " successful deployment before: ancestry decides, not time."
        ),
        "The first known deployment of an application is a baseline: no lead time is credited.",
        (
            "Percentiles are linear interpolation (R-7) over all changes of the scope, never averages"
            " of other percentiles."
        ),
    ),
    source="DORA 2024 and 2025, “change lead time”.",
    rows="changes",
    show="all",
    noun=("change", "changes"),
    value=lambda row, _days: row.lead_p50,
    n=lambda row: row.lead_n,
    beside=(
        Beside("p75", "p75", Unit.SECONDS, lambda row: row.lead_p75),
        Beside("p90", "p90", Unit.SECONDS, lambda row: row.lead_p90, FEWEST_FOR_P90),
    ),
)

MERGE_TO_PRODUCTION = Kpi(
    key="merge_to_production",
    name="Merge to production",
    unit=Unit.SECONDS,
    lower_is_better=True,
    comparatives=("shorter", "longer"),
    sentence="How long a merged change waits until it is live; fifteen minutes is the mark.",
    formula=(
        "Median of: end of the first successful production deployment that contains the change"
        " - time of its merge. Beside it: the share of changes live within 15 minutes."
    ),
    counts=(
        "Changes that first went live in the period and whose merge is known.",
        "A change without a known merge is left out, not counted as 0.",
    ),
    source="Charity Majors, “fifteen minutes or bust”: deploy within 15 minutes of the merge.",
    rows="changes",
    show="merged",
    noun=("merged change", "merged changes"),
    value=lambda row, _days: row.merge_p50,
    n=lambda row: row.merged,
    beside=(
        Beside(
            "within_15_minutes",
            "within 15 min",
            Unit.SHARE,
            lambda row: share(row.fast, row.merged),
        ),
        Beside("p90", "p90", Unit.SECONDS, lambda row: row.merge_p90, FEWEST_FOR_P90),
    ),
)

CHANGE_FAIL_RATE = Kpi(
    key="change_fail_rate",
    name="Change fail rate",
    unit=Unit.SHARE,
    lower_is_better=True,
    comparatives=("lower", "higher"),
    sentence="The share of deployments that led to a failure in production.",
    formula=(
        "Production deployments with at least one failure attributed"
        " / production deployments that finished."
    ),
    counts=(
        "A failure is an incident, a rollback or a hotfix that is attributed to the deployment.",
        (
            "Attribution, in this order: a person's word, what the source names, a rollback or hotfix"
            " of it, or the latest deployment before the incident within the attribution window."
        ),
        "An incident with ten updates is one failure; a deployment fails at most once.",
    ),
    source="DORA 2024 and 2025, “change fail rate”.",
    rows="deployments",
    show="all",
    noun=("finished deployment", "finished deployments"),
    value=lambda row, _days: share(row.failures, row.finished),
    n=lambda row: row.finished,
)

RECOVERY_TIME = Kpi(
    key="recovery_time",
    name="Recovery time",
    unit=Unit.SECONDS,
    lower_is_better=True,
    comparatives=("shorter", "longer"),
    sentence="How long it takes to recover from a deployment that failed.",
    formula=(
        "Median of: end of impact - end of the failed deployment. Impact ends when the last of its"
        " incidents is resolved or a rollback or hotfix is live, whichever comes first."
    ),
    counts=(
        "Failed deployments that have recovered, counted on the day of the failed deployment.",
        "Outages that no deployment caused are left out: they are not about delivery.",
    ),
    source="DORA 2024 and 2025, “failed deployment recovery time”.",
    rows="deployments",
    show="recovered",
    noun=("recovery", "recoveries"),
    value=lambda row, _days: row.recovery_p50,
    n=lambda row: row.recovery_n,
    beside=(Beside("p90", "p90", Unit.SECONDS, lambda row: row.recovery_p90, FEWEST_FOR_P90),),
)

REWORK_RATE = Kpi(
    key="rework_rate",
    name="Rework rate",
    unit=Unit.SHARE,
    lower_is_better=True,
    comparatives=("lower", "higher"),
    sentence="The share of deployments nobody planned: they mend a problem in production.",
    formula="Unplanned successful production deployments / successful production deployments.",
    counts=(
        "Unplanned are rollbacks, hotfixes and deployments whose source names the one they mend.",
    ),
    source="DORA 2024 and 2025, “deployment rework rate”.",
    rows="deployments",
    show="succeeded",
    noun=("deployment", "deployments"),
    value=lambda row, _days: share(row.rework, row.deployments),
    n=lambda row: row.deployments,
)

KPIS = (
    DEPLOYMENT_FREQUENCY,
    LEAD_TIME,
    MERGE_TO_PRODUCTION,
    CHANGE_FAIL_RATE,
    RECOVERY_TIME,
    REWORK_RATE,
)
BY_KEY: Mapping[str, Kpi] = {kpi.key: kpi for kpi in KPIS}
