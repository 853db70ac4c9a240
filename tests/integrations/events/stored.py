"""The facts of an application as they are stored, in the words of the oracle."""

from kpis.models import Change, ChangeInDeployment, Deployment, FailureLink, Incident


def facts(application):
    deployments = {
        one.pk: one
        for one in Deployment.objects.filter(application=application)
        .select_related("environment")
        .prefetch_related("commits__repository")
    }

    def name(pk):
        return pk and (deployments[pk].environment.slug, deployments[pk].external_id)

    def placed(one):
        commits = [(commit.repository.url, commit.sha) for commit in one.commits.all()]
        assert len(commits) < 2
        return commits[0] if commits else None

    def previous(one):
        return next((commit.previous_sha for commit in one.commits.all()), "")

    live = ChangeInDeployment.objects.filter(application=application).select_related(
        "change__repository", "environment"
    )
    for row in live:
        assert row.live_at == deployments[row.deployment_id].finished_at
    return {
        "deployments": {
            name(one.pk): (
                one.status,
                one.finished_at,
                one.kind,
                name(one.remedies_id),
                one.is_baseline,
                placed(one),
                previous(one),
                one.failed,
                one.recovered_at,
                one.unplanned,
            )
            for one in deployments.values()
        },
        "changes": {
            (one.repository.url, one.external_id): (
                one.sha,
                one.authored_at,
                one.opened_at,
                one.reviewed_at,
                one.merged_at,
            )
            for one in Change.objects.filter(application=application).select_related("repository")
        },
        "contents": {
            (row.change.repository.url, row.change.external_id, row.environment.slug): name(
                row.deployment_id
            )
            for row in live
        },
        "incidents": {
            one.external_id: (
                one.environment.slug if one.environment else None,
                one.opened_at,
                one.resolved_at,
            )
            for one in Incident.objects.filter(application=application).select_related(
                "environment"
            )
        },
        "links": {
            (
                name(link.deployment_id),
                "incident" if link.incident_id else "remedy",
                link.incident.external_id if link.incident else name(link.remedy_id),
                link.rule,
            )
            for link in FailureLink.objects.filter(
                is_current=True, deployment__application=application
            ).select_related("incident")
        },
    }
