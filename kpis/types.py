"""Plain values that cross the border of the KPI app: facts as a source tells them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ChangeFact:
    """One change as its source tells it; instants are aware, unknown ones are None."""

    sha: str
    title: str
    author: str
    authored_at: datetime
    committed_at: datetime
    opened_at: datetime | None = None
    reviewed_at: datetime | None = None
    merged_at: datetime | None = None
    is_bot: bool = False
    is_revert: bool = False
    is_hotfix: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class DeploymentFact:
    """One finished deployment of one repository as its source tells it.

    `contains` names, by sha, the changes that are first live with it. `remedies` is the
    `external_id` of the deployment that this one rolls back or fixes, if any.
    """

    external_id: str
    version: str
    sha: str
    status: str
    kind: str
    finished_at: datetime
    started_at: datetime | None = None
    contains: Sequence[str] = ()
    remedies: str = ""
    deployer: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class HistoryOutcome:
    """What recording a history did: how many facts are new, corrected and as they were.

    `missing` are stored deployments, by `external_id`, that the source no longer tells; they
    stay. `removed_changes` are changes that no deployment contains any more.
    """

    new_deployments: int = 0
    corrected_deployments: int = 0
    unchanged_deployments: int = 0
    new_changes: int = 0
    corrected_changes: int = 0
    removed_changes: int = 0
    missing: Sequence[str] = field(default_factory=tuple)

    @property
    def changed(self) -> bool:
        """Whether anything differs from what was stored."""
        return bool(
            self.new_deployments
            or self.corrected_deployments
            or self.new_changes
            or self.corrected_changes
            or self.removed_changes
        )
