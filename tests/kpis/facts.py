"""Facts written straight into the tables, as bulk writers do: nothing follows from them."""

from itertools import count

from kpis.models import Change, ChangeInDeployment, Deployment, Incident
from portal.catalogue.models import Repository

_numbers = count(1)


def add_deployment(environment, finished_at, **fields):
    values = {
        "source": "test",
        "external_id": f"d{next(_numbers)}",
        "status": "SUCCEEDED",
        "kind": "PLANNED",
    }
    return Deployment.objects.create(
        application_id=environment.application_id,
        environment=environment,
        finished_at=finished_at,
        **(values | fields),
    )


def add_change(deployment, **fields):
    """Add a change that went live with a deployment; spans by stage in seconds."""
    repository, _ = Repository.objects.get_or_create(
        application_id=deployment.application_id, url="https://git.example.com/x.git"
    )
    change = Change.objects.create(
        application_id=deployment.application_id,
        repository=repository,
        sha=f"{next(_numbers):040x}",
        authored_at=deployment.finished_at,
        committed_at=deployment.finished_at,
        is_bot=fields.get("is_bot", False),
    )
    return ChangeInDeployment.objects.create(
        change=change,
        deployment=deployment,
        application_id=deployment.application_id,
        environment_id=deployment.environment_id,
        live_at=fields.pop("live_at", deployment.finished_at),
        **({"lead_seconds": 60} | fields),
    )


def add_incident(application, opened_at, **fields):
    values = {"source": "test", "external_id": f"i{next(_numbers)}", "title": "Down"}
    return Incident.objects.create(
        application=application, opened_at=opened_at, **(values | fields)
    )
