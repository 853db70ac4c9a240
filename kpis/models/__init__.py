"""Facts about delivery, and the roll-ups computed from them."""

from kpis.models.facts import (
    Change,
    ChangeInDeployment,
    Deployment,
    DeploymentCommit,
    DeploymentKind,
    DeploymentStatus,
    FailureLink,
    Incident,
    LinkRule,
    Severity,
)
from kpis.models.firsts import FirstDeployment
from kpis.models.rollups import (
    COMPANY_ID,
    Grain,
    Mark,
    Rollup,
    ScopeKind,
    ScopeMember,
    ScopeRevision,
)
from kpis.models.told import EVENTS, Artifact, ToldDeployment, ToldIncident

__all__ = [
    "COMPANY_ID",
    "EVENTS",
    "Artifact",
    "Change",
    "ChangeInDeployment",
    "Deployment",
    "DeploymentCommit",
    "DeploymentKind",
    "DeploymentStatus",
    "FailureLink",
    "FirstDeployment",
    "Grain",
    "Incident",
    "LinkRule",
    "Mark",
    "Rollup",
    "ScopeKind",
    "ScopeMember",
    "ScopeRevision",
    "Severity",
    "ToldDeployment",
    "ToldIncident",
]
