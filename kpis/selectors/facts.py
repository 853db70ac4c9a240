"""One deployment or one incident with everything that its page tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import F, QuerySet
from django.urls import reverse

from kpis.models import (
    ChangeInDeployment,
    Deployment,
    DeploymentCommit,
    DeploymentKind,
    DeploymentStatus,
    FailureLink,
    Incident,
    LinkRule,
)
from portal.accounts.policies import Viewer
from portal.catalogue.models import Application
from portal.catalogue.selectors import applications_visible_to

# From how many deployments a person chooses the cause of an incident: the last before it.
CANDIDATES = 15


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, on a timeline."""

    at: datetime
    icon: str
    words: str
    url: str = ""


# --- Deployments ------------------------------------------------------------------------------


def deployments_visible_to(user: Viewer) -> QuerySet[Deployment]:
    """Return the deployments that somebody sees, with application, environment and remedied one."""
    return Deployment.objects.filter(
        application__in=applications_visible_to(user).select_related(None)
    ).select_related("application__owner", "environment", "remedies", "told")


def commits(deployment: Deployment) -> QuerySet[DeploymentCommit]:
    """Return what the deployment put live, a commit per repository."""
    return deployment.commits.select_related("repository").order_by("repository__url")


def live_before(deployment: Deployment) -> Deployment | None:
    """Return the success in the same environment that this deployment followed, if any."""
    if deployment.finished_at is None:
        return None
    return (
        Deployment.objects.filter(
            application=deployment.application_id,
            environment=deployment.environment_id,
            status=DeploymentStatus.SUCCEEDED,
            finished_at__lt=deployment.finished_at,
        )
        .order_by("-finished_at", "-pk")
        .first()
    )


def contained(deployment: Deployment) -> QuerySet[ChangeInDeployment]:
    """Return the changes that were first live with the deployment, in no order."""
    return deployment.contains.select_related("change").annotate(
        authored_at=F("change__authored_at")
    )


def failure_links(deployment: Deployment) -> list[FailureLink]:
    """Return what blames the deployment for a failure, corrected links last."""
    return list(
        deployment.failure_links.select_related("incident", "remedy").order_by(
            "-is_current", "decided_at", "pk"
        )
    )


def deployment_timeline(deployment: Deployment, links: Sequence[FailureLink]) -> list[Moment]:
    """Return what happened to a deployment, in order of time."""
    moments = [
        *_when(deployment.started_at, "play", "Deployment began"),
        *_when(deployment.finished_at, "deployment", f"Deployment {_ended(deployment)}"),
        *_when(deployment.recovered_at, "good", "Recovered"),
    ]
    for link in links:
        if not link.is_current:
            continue
        if link.incident is not None:
            url = reverse("incident", args=[link.incident.pk])
            moments += _when(
                link.incident.opened_at, "incident", f"Incident opened: {link.incident.title}", url
            )
            moments += _when(
                link.incident.resolved_at, "check", f"Incident ended: {link.incident.title}", url
            )
        if link.remedy is not None:
            kind = DeploymentKind(link.remedy.kind)
            moments += _when(
                link.remedy.finished_at,
                kind.lower(),
                f"{kind.label} {link.remedy.name} finished",
                reverse("deployment", args=[link.remedy.pk]),
            )
    return sorted(moments, key=lambda moment: moment.at)


def _ended(deployment: Deployment) -> str:
    return {
        DeploymentStatus.RUNNING: "is running",
        DeploymentStatus.SUCCEEDED: "succeeded",
        DeploymentStatus.FAILED: "failed",
        DeploymentStatus.CANCELLED: "was cancelled",
    }[deployment.state]


def _when(at: datetime | None, icon: str, words: str, url: str = "") -> list[Moment]:
    return [Moment(at, icon, words, url)] if at else []


def changes_visible_to(user: Viewer) -> QuerySet[ChangeInDeployment]:
    """Return what was first live, as far as somebody sees it, with what it is about."""
    return ChangeInDeployment.objects.filter(
        application__in=applications_visible_to(user).select_related(None)
    ).select_related("application", "environment", "change")


# --- Incidents --------------------------------------------------------------------------------


def incidents_visible_to(user: Viewer) -> QuerySet[Incident]:
    """Return the incidents that somebody sees, with application, owner and environment."""
    return Incident.objects.filter(
        application__in=applications_visible_to(user).select_related(None)
    ).select_related("application__owner", "environment", "told")


def blames(incident: Incident) -> list[FailureLink]:
    """Return what the incident was blamed on, now and before it was corrected, newest first."""
    return list(
        incident.failure_links.select_related("deployment").order_by(
            "-is_current", "-decided_at", "-pk"
        )
    )


def cause_candidates(application: Application, *, at: datetime) -> list[Deployment]:
    """Return the last deployments that succeeded by an instant, with environments, newest first."""
    found = Deployment.objects.filter(
        application=application, status=DeploymentStatus.SUCCEEDED, finished_at__lte=at
    )
    return list(found.select_related("environment").order_by("-finished_at", "-pk")[:CANDIDATES])


def because(incident: Incident, blame: FailureLink | None) -> str:
    """Return in a sentence why an incident is blamed on what it is, or on nothing."""
    if not incident.caused_by_change:
        return "Somebody said that no change caused it, so it counts against no deployment."
    hours = settings.KPI_ATTRIBUTION_WINDOW_HOURS
    if blame is None:
        return (
            f"No deployment finished within {hours} hours before it began, and nothing names one. "
            "It counts against no deployment."
        )
    return {
        LinkRule.PERSON: "Somebody said so.",
        LinkRule.EXPLICIT: "The source of the incident names it.",
        LinkRule.ROLLBACK: "It was rolled back while the incident lasted.",
        LinkRule.HOTFIX: "A hotfix of it went live while the incident lasted.",
        LinkRule.WINDOW: (
            f"It is the latest deployment that finished within {hours} hours before it began."
        ),
    }[LinkRule(blame.rule)]
