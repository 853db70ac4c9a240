"""Recording of a delivery history: stored facts become what the source tells."""

from collections.abc import Sequence
from datetime import datetime

from kpis.types import ChangeFact, DeploymentFact, HistoryOutcome
from portal.catalogue.models import Application, Environment, Repository


def record_history(
    *,
    application: Application,
    environment: Environment,
    repository: Repository,
    source: str,
    deployments: Sequence[DeploymentFact],
    changes: Sequence[ChangeFact],
    actor: str,
    now: datetime,
) -> HistoryOutcome:
    """Make the stored facts of one source equal to what it tells and return what that changed.

    The history is told whole, in any order: what differs is corrected, and a deployment that is
    no longer told stays and is named as missing. `source` tells one origin from another within
    the application, such as `git:https://git.example.com/pay.git`.
    """
    raise NotImplementedError
