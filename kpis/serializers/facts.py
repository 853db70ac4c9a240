"""Shapes of the facts: deployments, changes first live, incidents."""

from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from kpis.models import (
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
from portal.api.serializers import BodyShape, PageQuery, PageShape, WordField, word
from portal.api.serializers.named import LONGEST_SLUG, TeamField

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class InstantField(serializers.DateTimeField):
    """An instant with its zone, such as 2026-03-04T12:00:00Z; one without a zone is refused."""

    default_error_messages = {
        "zone": "Say in which zone: end it with Z or an offset such as +01:00.",
        "range": "Use a time between 1970 and 2200.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Return the instant."""
        try:
            at = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            at = None
        if at is None:
            self.fail("invalid", format="2026-03-04T12:00:00Z")
        if at.tzinfo is None:
            self.fail("zone")
        if not EARLIEST <= at < LATEST:
            self.fail("range")
        return at.astimezone(UTC)


class FactQuery(PageQuery):
    """Which facts to list: those of the last 90 days, the newest first, if not said otherwise."""

    application = serializers.CharField(
        required=False, max_length=LONGEST_SLUG, help_text="The slug of an application."
    )
    team = TeamField(required=False, help_text="Of applications of this team or one below it.")
    since = InstantField(
        required=False, help_text="Not before this; 90 days before `until` if left out."
    )
    until = InstantField(required=False, help_text="Before this; all there is if left out.")


# --- Deployments ------------------------------------------------------------------------------


class DeploymentQuery(FactQuery):
    """Which deployments to list; those that are running only when they are asked for."""

    environment = serializers.CharField(required=False, max_length=LONGEST_SLUG)
    production = serializers.BooleanField(required=False, allow_null=True, default=None)
    status = WordField(DeploymentStatus, required=False)
    kind = WordField(DeploymentKind, required=False)
    failed = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Whether a failure is blamed."
    )


@extend_schema_serializer(component_name="Deployment")
class DeploymentShape(serializers.Serializer[Any]):
    """A version put live in an environment, with its outcome."""

    id = serializers.IntegerField()
    application = serializers.CharField()
    environment = serializers.CharField()
    is_production = serializers.BooleanField()
    version = serializers.CharField()
    status = WordField(DeploymentStatus)
    kind = WordField(DeploymentKind)
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    deployer = serializers.CharField()
    url = serializers.CharField(help_text="Where its source shows it.")
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField(help_text="What its source calls it.")
    is_baseline = serializers.BooleanField(help_text="The first known: earns no lead times.")
    failed = serializers.BooleanField(help_text="Whether a failure is blamed on it.")
    recovered_at = serializers.DateTimeField(allow_null=True)
    unplanned = serializers.BooleanField()
    remedies = serializers.IntegerField(allow_null=True, help_text="Which deployment it mended.")


class DeploymentPage(PageShape):
    """A part of the list of deployments."""

    items = DeploymentShape(many=True)


class CommitShape(serializers.Serializer[Any]):
    """What a deployment put live of one repository."""

    repository = serializers.CharField()
    sha = serializers.CharField()
    previous_sha = serializers.CharField(help_text="What was live before; empty if not known.")


class BlameShape(serializers.Serializer[Any]):
    """Why a failure is blamed on a deployment, by the incident or the deployment that tells it."""

    incident = serializers.IntegerField(allow_null=True)
    remedy = serializers.IntegerField(allow_null=True)
    rule = WordField(LinkRule)
    confidence = serializers.IntegerField(help_text="Percent.")
    decided_by = serializers.CharField()
    decided_at = serializers.DateTimeField()
    is_current = serializers.BooleanField(help_text="False when somebody corrected it.")


@extend_schema_serializer(component_name="DeploymentDetail")
class DeploymentDetail(DeploymentShape):
    """A deployment with its commits and what is blamed on it."""

    commits = CommitShape(many=True)
    blames = BlameShape(many=True)


def deployment_shape(deployment: Deployment) -> dict[str, Any]:
    """Return a deployment as `DeploymentShape` describes it."""
    return {
        "id": deployment.pk,
        "application": deployment.application.slug,
        "environment": deployment.environment.slug,
        "is_production": deployment.environment.is_production,
        "version": deployment.version,
        "status": word(deployment.status),
        "kind": word(deployment.kind),
        "started_at": deployment.started_at,
        "finished_at": deployment.finished_at,
        "deployer": deployment.deployer,
        "url": deployment.url,
        "source": deployment.source,
        "external_id": deployment.external_id,
        "is_baseline": deployment.is_baseline,
        "failed": deployment.failed,
        "recovered_at": deployment.recovered_at,
        "unplanned": deployment.unplanned,
        "remedies": deployment.remedies_id,
    }


def commit_shape(commit: DeploymentCommit) -> dict[str, Any]:
    """Return a commit as `CommitShape` describes it."""
    return {
        "repository": commit.repository.url,
        "sha": commit.sha,
        "previous_sha": commit.previous_sha,
    }


def blame_shape(link: FailureLink) -> dict[str, Any]:
    """Return a failure link as `BlameShape` describes it."""
    return {
        "incident": link.incident_id,
        "remedy": link.remedy_id,
        "rule": word(link.rule),
        "confidence": link.confidence,
        "decided_by": link.decided_by,
        "decided_at": link.decided_at,
        "is_current": link.is_current,
    }


# --- Changes ----------------------------------------------------------------------------------


class ChangeQuery(FactQuery):
    """Which changes to list, by when they were first live."""

    environment = serializers.CharField(required=False, max_length=LONGEST_SLUG)
    production = serializers.BooleanField(required=False, allow_null=True, default=None)
    credited = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Whether it earns a lead time."
    )


@extend_schema_serializer(component_name="Change")
class ChangeShape(serializers.Serializer[Any]):
    """A change first live in an environment, and the seconds it took; null is unknown."""

    id = serializers.IntegerField()
    application = serializers.CharField()
    environment = serializers.CharField()
    deployment = serializers.IntegerField(help_text="The first deployment that contains it.")
    sha = serializers.CharField()
    title = serializers.CharField()
    author = serializers.CharField()
    url = serializers.CharField()
    is_bot = serializers.BooleanField()
    authored_at = serializers.DateTimeField(help_text="Of its first commit.")
    merged_at = serializers.DateTimeField(allow_null=True)
    live_at = serializers.DateTimeField()
    credited = serializers.BooleanField(help_text="Whether it earns a lead time.")
    lead_seconds = serializers.IntegerField(allow_null=True)
    coding_seconds = serializers.IntegerField(allow_null=True)
    pickup_seconds = serializers.IntegerField(allow_null=True)
    review_seconds = serializers.IntegerField(allow_null=True)
    merge_seconds = serializers.IntegerField(allow_null=True)


class ChangePage(PageShape):
    """A part of the list of changes."""

    items = ChangeShape(many=True)


def change_shape(live: ChangeInDeployment) -> dict[str, Any]:
    """Return what was first live as `ChangeShape` describes it."""
    change = live.change
    return {
        "id": live.pk,
        "application": live.application.slug,
        "environment": live.environment.slug,
        "deployment": live.deployment_id,
        "sha": change.sha,
        "title": change.title,
        "author": change.author,
        "url": change.url,
        "is_bot": live.is_bot,
        "authored_at": change.authored_at,
        "merged_at": change.merged_at,
        "live_at": live.live_at,
        "credited": live.credited,
        "lead_seconds": live.lead_seconds,
        "coding_seconds": live.coding_seconds,
        "pickup_seconds": live.pickup_seconds,
        "review_seconds": live.review_seconds,
        "merge_seconds": live.merge_seconds,
    }


# --- Incidents --------------------------------------------------------------------------------


class IncidentQuery(FactQuery):
    """Which incidents to list, by when they began."""

    severity = serializers.ChoiceField(choices=Severity.choices, required=False)
    resolved = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Whether it is over."
    )


class IncidentPatch(BodyShape):
    """What can be corrected of an incident."""

    title = serializers.CharField(max_length=200, help_text="What people notice.")
    severity = serializers.ChoiceField(
        choices=Severity.choices, help_text="1, critical, to 4, low."
    )
    opened_at = InstantField(help_text="When it began.")
    environment = serializers.CharField(
        required=False, allow_null=True, max_length=LONGEST_SLUG, help_text="Its slug, if any."
    )


class IncidentBody(BodyShape):
    """A new incident."""

    application = serializers.CharField(max_length=LONGEST_SLUG, help_text="Its slug.")
    title = serializers.CharField(max_length=200, help_text="What people notice.")
    severity = serializers.ChoiceField(
        choices=Severity.choices, default=int(Severity.MINOR), help_text="1, critical, to 4, low."
    )
    opened_at = InstantField(required=False, help_text="When it began; now if left out.")
    environment = serializers.CharField(
        required=False, allow_null=True, max_length=LONGEST_SLUG, help_text="Its slug, if any."
    )
    caused_by = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="The deployment that caused it, if somebody knows; else the rules decide.",
    )
    caused_by_change = serializers.BooleanField(
        default=True, help_text="False when somebody knows that no deployment caused it."
    )
    url = serializers.URLField(required=False, max_length=500)


class ResolveBody(BodyShape):
    """When it ended."""

    resolved_at = InstantField(required=False, help_text="Now if left out.")


class AttributeBody(BodyShape):
    """A person's word for what caused an incident."""

    deployment = serializers.IntegerField(
        allow_null=True, help_text="The deployment that caused it; null: none did."
    )
    reason = serializers.CharField(max_length=1000, help_text="How you know.")


class IncidentBlameShape(serializers.Serializer[Any]):
    """Which deployment an incident is blamed on, and why."""

    deployment = serializers.IntegerField()
    rule = WordField(LinkRule)
    confidence = serializers.IntegerField(help_text="Percent.")
    decided_by = serializers.CharField()
    decided_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="Incident")
class IncidentShape(serializers.Serializer[Any]):
    """An unplanned disruption of an application."""

    id = serializers.IntegerField()
    application = serializers.CharField()
    environment = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    severity = serializers.ChoiceField(choices=Severity.choices)
    opened_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField()
    caused_by_change = serializers.BooleanField()
    blame = IncidentBlameShape(allow_null=True, help_text="Null: nothing is blamed.")


class IncidentPage(PageShape):
    """A part of the list of incidents."""

    items = IncidentShape(many=True)


def incident_shape(incident: Incident) -> dict[str, Any]:
    """Return an incident, with its links, as `IncidentShape` describes it."""
    current = [link for link in incident.failure_links.all() if link.is_current]
    return {
        "id": incident.pk,
        "application": incident.application.slug,
        "environment": incident.environment.slug if incident.environment else None,
        "title": incident.title,
        "severity": incident.severity,
        "opened_at": incident.opened_at,
        "acknowledged_at": incident.acknowledged_at,
        "resolved_at": incident.resolved_at,
        "url": incident.url,
        "source": incident.source,
        "external_id": incident.external_id,
        "caused_by_change": incident.caused_by_change,
        "blame": _blame(current[0]) if current else None,
    }


def _blame(link: FailureLink) -> dict[str, Any]:
    return {
        "deployment": link.deployment_id,
        "rule": word(link.rule),
        "confidence": link.confidence,
        "decided_by": link.decided_by,
        "decided_at": link.decided_at,
    }
