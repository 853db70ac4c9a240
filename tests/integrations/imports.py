"""Importing in tests, and what the database holds afterwards."""

from kpis.models import Change, ChangeInDeployment, Deployment, DeploymentCommit, FailureLink
from portal.integrations.adapters.git import Selection
from portal.integrations.adapters.sources import parse
from portal.integrations.models import ImportState
from portal.integrations.services.requests import begin_import
from portal.integrations.services.runs import perform_import


def import_history(application, path, *, now, environment=None, **selection):
    """Run an import to its end and return it."""
    job = begin_import(
        application=application,
        environment=environment or application.environments.get(slug="production"),
        source=parse(str(path)),
        selection=Selection(**selection),
        now=now,
    )
    job = perform_import(job=job, clock=lambda: now)
    assert job.state == ImportState.SUCCEEDED, job.problem
    return job


def facts(application):
    """Everything recorded of an application, without the numbers that the database gave."""
    tags: dict[int | None, str | None] = {None: None}
    tags |= Deployment.objects.filter(application=application).values_list("id", "version")
    deployments = {
        (
            tags[deployment.pk],
            deployment.external_id,
            deployment.status,
            deployment.kind,
            deployment.finished_at,
            deployment.is_baseline,
            deployment.failed,
            deployment.recovered_at,
            deployment.unplanned,
            tags[deployment.remedies_id],
        )
        for deployment in Deployment.objects.filter(application=application)
    }
    commits = {
        (tags[commit.deployment_id], commit.sha, commit.previous_sha)
        for commit in DeploymentCommit.objects.filter(deployment__application=application)
    }
    live = {
        (
            tags[each.deployment_id],
            each.live_at,
            each.credited,
            each.lead_seconds,
            each.merge_seconds,
            each.change.sha,
            each.change.title,
            each.change.author,
            each.change.is_bot,
            each.change.is_revert,
            each.change.is_hotfix,
            each.change.authored_at,
            each.change.committed_at,
            each.change.merged_at,
        )
        for each in ChangeInDeployment.objects.filter(application=application).select_related(
            "change"
        )
    }
    links = {
        (tags[link.deployment_id], tags[link.remedy_id], link.rule)
        for link in FailureLink.objects.filter(
            deployment__application=application, is_current=True
        )
    }
    return {"deployments": deployments, "commits": commits, "live": live, "links": links}


def rows():
    """The versions of all rows of facts: equal only if nothing was written."""
    return [
        sorted(model.objects.extra(select={"version": "xmin::text"}).values_list("pk", "version"))
        for model in (Deployment, DeploymentCommit, Change, ChangeInDeployment, FailureLink)
    ]
