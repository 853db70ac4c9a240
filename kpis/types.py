"""Plain values that cross the border of the KPI app: facts as a source tells them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


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


@dataclass(frozen=True, slots=True)
class ToldDeployment:
    """One deployment as events tell it, finished or not.

    `kind` is as in the model where it was told, else empty. `changes` are commits or ids of changes
    that it says it contains; `names` is what others may call it, and `remedies` what it calls the
    deployment that it mends. Ids are of the catalogue.
    """

    application_id: int
    environment_id: int
    external_id: str
    event: UUID
    status: str
    started_at: datetime | None
    finished_at: datetime | None
    version: str = ""
    kind: str = ""
    repository_id: int | None = None
    sha: str = ""
    artifact: str = ""
    changes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    remedies: str = ""
    deployer: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class ToldChange:
    """One change as events tell it; `external_id` is what its forge calls it."""

    application_id: int
    repository_id: int
    external_id: str
    authored_at: datetime
    sha: str = ""
    title: str = ""
    author: str = ""
    is_bot: bool = False
    is_revert: bool = False
    is_hotfix: bool = False
    opened_at: datetime | None = None
    reviewed_at: datetime | None = None
    merged_at: datetime | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class ToldIncident:
    """One incident as events tell it; `causes` names the deployment that caused it, if told."""

    application_id: int
    environment_id: int | None
    external_id: str
    event: UUID
    title: str
    severity: int
    opened_at: datetime
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    url: str = ""
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldArtifact:
    """Which change an artifact carries: by commit, or by what its forge calls it."""

    application_id: int
    name: str
    repository_id: int | None = None
    change: str = ""
    sha: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Facts of any number of applications, each as all stored events of it together tell it.

    `placed` are applications that gained a repository: a deployment that names none may now be
    known to be of it.
    """

    deployments: Sequence[ToldDeployment] = ()
    changes: Sequence[ToldChange] = ()
    incidents: Sequence[ToldIncident] = ()
    artifacts: Sequence[ToldArtifact] = ()
    placed: Sequence[int] = ()

    @property
    def applications(self) -> set[int]:
        """The ids of all applications that this is about."""
        return {
            *(fact.application_id for fact in self.deployments),
            *(fact.application_id for fact in self.changes),
            *(fact.application_id for fact in self.incidents),
            *(fact.application_id for fact in self.artifacts),
            *self.placed,
        }
