"""What events told of the facts, as far as the rest of the facts follows from it.

Names are kept as `<application id>/<name>`, so that one index finds them within an application.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from kpis.models.facts import Deployment, DeploymentKind, Incident
from portal.catalogue.models import Application, Repository

# The `source` of deployments and incidents that events tell of.
EVENTS = "events"


_COLUMNS = {
    "title": "title",
    "severity": "severity",
    "opened_at": "beginning",
    "environment_id": "environment",
    "resolved_at": "end",
}


class ToldDeployment(models.Model):
    """What events said of a deployment: which event, what was deployed, and what it is called.

    `changes` are those that it says it contains, empty when it does not say; `names` is what an
    incident or a rollback may call it. `kind` is empty when it was not told, and so is `remedies`,
    the name of the deployment that it mends.
    """

    deployment = models.OneToOneField(
        Deployment, on_delete=models.CASCADE, primary_key=True, related_name="told"
    )
    event = models.UUIDField()
    kind = models.CharField(max_length=8, choices=DeploymentKind, blank=True)
    repository = models.ForeignKey(Repository, on_delete=models.PROTECT, null=True)
    sha = models.CharField(max_length=64, blank=True)
    artifact = models.CharField(max_length=500, blank=True)
    changes = ArrayField(models.TextField(), default=list)
    names = ArrayField(models.TextField(), default=list)
    remedies = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["remedies"], condition=~Q(remedies=""), name="kpis_tolddeployment_remedies"
            ),
            GinIndex(
                fields=["changes"], condition=~Q(changes=[]), name="kpis_tolddeployment_changes"
            ),
            GinIndex(fields=["names"], name="kpis_tolddeployment_names"),
            models.Index(
                fields=["artifact"], condition=~Q(artifact=""), name="kpis_tolddeployment_artifact"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deployment_id} by {self.event}"


class ToldIncident(models.Model):
    """What events said of an incident: which event began it, and what they name as its cause.

    `corrected` are the columns about which a person's word stands, whatever events tell.
    """

    incident = models.OneToOneField(
        Incident, on_delete=models.CASCADE, primary_key=True, related_name="told"
    )
    event = models.UUIDField()
    causes = ArrayField(models.TextField(), default=list)
    corrected = ArrayField(models.CharField(max_length=20), default=list, db_default=[])

    class Meta:
        indexes = [
            GinIndex(fields=["causes"], condition=~Q(causes=[]), name="kpis_toldincident_causes")
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} by {self.event}"

    @property
    def corrections(self) -> list[str]:
        """What a person's word stands about, in words."""
        return [_COLUMNS[column] for column in self.corrected]


class Artifact(models.Model):
    """Which change an artifact carries, by the commit or by what the forge calls the change."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="artifacts", db_index=False
    )
    name = models.CharField(max_length=500)
    repository = models.ForeignKey(Repository, on_delete=models.PROTECT, null=True)
    change = models.CharField(max_length=200, blank=True)
    sha = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "name"], name="kpis_artifact_once")
        ]
        indexes = [
            models.Index(
                fields=["application", "change"],
                condition=~Q(change=""),
                name="kpis_artifact_by_change",
            )
        ]

    def __str__(self) -> str:
        return self.name
