"""Facts as sources tell them, with what a test does not care about filled in."""

from datetime import timedelta

from kpis.services.history import record_history
from kpis.types import ChangeFact, DeploymentFact


def change(sha, authored_at, **values):
    return ChangeFact(
        **(
            {
                "sha": sha,
                "title": f"Change {sha}",
                "author": "Ada",
                "authored_at": authored_at,
                "committed_at": authored_at,
            }
            | values
        )
    )


def deployment(name, finished_at, **values):
    return DeploymentFact(
        **(
            {
                "external_id": name,
                "version": name,
                "sha": f"sha-of-{name}",
                "status": "SUCCEEDED",
                "kind": "PLANNED",
                "finished_at": finished_at,
                "started_at": finished_at - timedelta(minutes=4),
            }
            | values
        )
    )


def tell(world, deployments, changes=(), *, now, source="git", **where):
    """Record a history of `checkout` in production unless told otherwise."""
    return record_history(
        **(
            {
                "application": world.checkout,
                "environment": world.production,
                "repository": world.repository,
            }
            | where
        ),
        source=source,
        deployments=deployments,
        changes=changes,
        actor="command:import_git",
        now=now,
    )
