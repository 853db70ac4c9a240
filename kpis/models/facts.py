"""The facts: deployments, changes, what contains what, incidents and what they are blamed on."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from portal.audit.events import plain_label
from portal.catalogue.models import Application, Environment, Repository


class DeploymentStatus(models.TextChoices):
    """How a deployment stands; succeeded and failed ones have finished.

    One that an import recorded is a duplicate when an event tells when its commit went live.
    """

    RUNNING = "RUNNING", "Running"
    SUCCEEDED = "SUCCEEDED", "Succeeded"
    FAILED = "FAILED", "Failed"
    CANCELLED = "CANCELLED", "Cancelled"
    DUPLICATE = "DUPLICATE", "Counted as told by an event"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {
            "RUNNING": "info",
            "SUCCEEDED": "good",
            "FAILED": "bad",
            "CANCELLED": "unknown",
            "DUPLICATE": "unknown",
        }[self.value]


class DeploymentKind(models.TextChoices):
    """Why a deployment was made; rollbacks and hotfixes are unplanned."""

    PLANNED = "PLANNED", "Planned"
    ROLLBACK = "ROLLBACK", "Rollback"
    HOTFIX = "HOTFIX", "Hotfix"


class Severity(models.IntegerChoices):
    """How bad an incident is; 1 is the worst."""

    CRITICAL = 1, "Critical"
    MAJOR = 2, "Major"
    MINOR = 3, "Minor"
    LOW = 4, "Low"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {1: "bad", 2: "bad", 3: "warning", 4: "info"}[self.value]


class LinkRule(models.TextChoices):
    """Which rule blamed a failure on a deployment, in order of precedence."""

    PERSON = "PERSON", "A person's word"
    EXPLICIT = "EXPLICIT", "Named by the source"
    ROLLBACK = "ROLLBACK", "Rolled back"
    HOTFIX = "HOTFIX", "Fixed by a hotfix"
    WINDOW = "WINDOW", "Latest deployment within the window"


class Deployment(models.Model):
    """One deployment of an application to one environment.

    `failed`, `recovered_at` and `unplanned` follow from the failure links and are kept by the
    services in the transaction that writes a link. `is_baseline` marks the first known success
    of a repository in its environment, whose changes earn no lead time.
    """

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="deployments", db_index=False
    )
    environment = models.ForeignKey(
        Environment, on_delete=models.PROTECT, related_name="deployments", db_index=False
    )
    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=200)
    version = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=9, choices=DeploymentStatus)
    kind = models.CharField(max_length=8, choices=DeploymentKind, default=DeploymentKind.PLANNED)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    url = models.URLField(blank=True, max_length=500)
    deployer = models.CharField(max_length=120, blank=True)
    is_baseline = models.BooleanField(default=False)
    remedies = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="remedied_by"
    )
    failed = models.BooleanField(default=False)
    recovered_at = models.DateTimeField(null=True)
    unplanned = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "environment", "source", "external_id"],
                name="kpis_deployment_once",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | ~Q(status=DeploymentStatus.RUNNING),
                name="kpis_deployment_running_unfinished",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=False) | Q(status=DeploymentStatus.RUNNING),
                name="kpis_deployment_finished_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["application", "finished_at"],
                include=["environment", "status", "failed", "recovered_at", "unplanned"],
                name="kpis_deployment_by_app",
            ),
            models.Index(fields=["environment", "finished_at"], name="kpis_deployment_by_env"),
            models.Index(
                fields=["finished_at"],
                include=[
                    "application",
                    "environment",
                    "status",
                    "failed",
                    "recovered_at",
                    "unplanned",
                ],
                name="kpis_deployment_by_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.application_id}"

    @property
    def name(self) -> str:
        """The version, or what the source calls it."""
        return self.version or self.external_id

    @property
    def state(self) -> DeploymentStatus:
        """The status with its label and tone."""
        return DeploymentStatus(self.status)

    @property
    def recovery(self) -> timedelta | None:
        """How long the failure lasted; None when there was none or it has not ended."""
        if self.recovered_at is None or self.finished_at is None:
            return None
        return self.recovered_at - self.finished_at


class DeploymentCommit(models.Model):
    """Which commit of which repository a deployment put live, and what was live before.

    `previous` is the commit of the previous successful deployment of the same application,
    repository and environment, by finish time. `head` is the change that the commit is, where it
    is known; what was merged by `reach_at` is live with a success or was before it.
    """

    deployment = models.ForeignKey(
        Deployment, on_delete=models.CASCADE, related_name="commits", db_index=False
    )
    repository = models.ForeignKey(Repository, on_delete=models.PROTECT, db_index=False)
    sha = models.CharField(max_length=64)
    previous_sha = models.CharField(max_length=64, blank=True)
    head = models.ForeignKey("Change", on_delete=models.SET_NULL, null=True, related_name="+")
    reach_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deployment", "repository"], name="kpis_deploymentcommit_once"
            )
        ]
        indexes = [
            models.Index(fields=["repository", "sha"], name="kpis_deploymentcommit_by_sha"),
            # Partial, so that it is never taken for finding a commit, be the statistics what they are.
            models.Index(
                fields=["repository", "reach_at"],
                condition=Q(reach_at__isnull=False),
                name="kpis_deploymentcommit_reach",
            ),
        ]

    def __str__(self) -> str:
        return self.sha[:12]


class Change(models.Model):
    """A change of the source: a commit, or a pull request with its first commit and merge.

    `authored_at` is that of the first commit; a stage whose instant is unknown is null. One that
    events tell of has the id that its forge gives it, and a commit once that is told.
    """

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="changes", db_index=False
    )
    repository = models.ForeignKey(Repository, on_delete=models.PROTECT, db_index=False)
    sha = models.CharField(max_length=64, blank=True)
    external_id = models.CharField(max_length=200, blank=True, db_default="")
    title = models.CharField(max_length=200, blank=True)
    author = models.CharField(max_length=120, blank=True)
    is_bot = models.BooleanField(default=False)
    is_revert = models.BooleanField(default=False)
    is_hotfix = models.BooleanField(default=False)
    authored_at = models.DateTimeField()
    committed_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    merged_at = models.DateTimeField(null=True)
    url = models.URLField(blank=True, max_length=500)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "repository", "sha"],
                condition=Q(external_id=""),
                name="kpis_change_once",
            ),
            models.UniqueConstraint(
                fields=["application", "repository", "external_id"],
                condition=~Q(external_id=""),
                name="kpis_change_told_once",
            ),
        ]
        indexes = [
            models.Index(fields=["repository", "sha"], name="kpis_change_by_sha"),
            models.Index(fields=["repository", "merged_at"], name="kpis_change_by_merge"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.title}"

    @property
    def name(self) -> str:
        """The commit as people shorten it, or what the forge calls the change."""
        return self.sha[:8] or self.external_id


class ChangeInDeployment(models.Model):
    """The first deployment in an environment that contains a change, and the times it took.

    Spans are whole seconds; null is unknown. `credited` is false where no lead time is earned:
    in a baseline, and when the lead time would be negative. `is_bot` repeats the change's; bots
    keep their lead time and have no coding, pickup and review. `from_events` says that it follows
    from what events tell; otherwise the ancestry of an imported history says so.
    """

    change = models.ForeignKey(
        Change, on_delete=models.CASCADE, related_name="live_in", db_index=False
    )
    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="contains")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, db_index=False)
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, db_index=False)
    live_at = models.DateTimeField()
    credited = models.BooleanField(default=True)
    from_events = models.BooleanField(default=False, db_default=False)
    is_bot = models.BooleanField(default=False, db_default=False)
    lead_seconds = models.IntegerField(null=True)
    coding_seconds = models.IntegerField(null=True)
    pickup_seconds = models.IntegerField(null=True)
    review_seconds = models.IntegerField(null=True)
    merge_seconds = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["change", "environment"], name="kpis_changeindeployment_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["application", "live_at"],
                include=[
                    "environment",
                    "credited",
                    "is_bot",
                    "lead_seconds",
                    "coding_seconds",
                    "pickup_seconds",
                    "review_seconds",
                    "merge_seconds",
                ],
                name="kpis_change_live_by_app",
            ),
            models.Index(
                fields=["live_at"],
                include=[
                    "application",
                    "environment",
                    "credited",
                    "is_bot",
                    "lead_seconds",
                    "coding_seconds",
                    "pickup_seconds",
                    "review_seconds",
                    "merge_seconds",
                ],
                name="kpis_change_live_by_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change_id} in {self.deployment_id}"


class Incident(models.Model):
    """An unplanned disruption of an application.

    `caused_by_change` is false when somebody said that no deployment caused it.
    """

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="incidents", db_index=False
    )
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, null=True)
    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    severity = models.PositiveSmallIntegerField(choices=Severity, default=Severity.MINOR)
    opened_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    url = models.URLField(blank=True, max_length=500)
    caused_by_change = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "source", "external_id"], name="kpis_incident_once"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=F("opened_at")),
                name="kpis_incident_order",
            ),
        ]
        indexes = [
            models.Index(fields=["application", "opened_at"], name="kpis_incident_by_app"),
            models.Index(fields=["application", "resolved_at"], name="kpis_incident_by_end"),
            models.Index(fields=["opened_at"], name="kpis_incident_by_time"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def level(self) -> Severity:
        """The severity with its label and tone."""
        return Severity(self.severity)

    @property
    def restore(self) -> timedelta | None:
        """How long it lasted; None while it is open."""
        return self.resolved_at - self.opened_at if self.resolved_at else None


class FailureLink(models.Model):
    """That a deployment failed, told by an incident or by the deployment that remedied it.

    One incident blames at most one deployment at a time; a corrected link stays with
    `is_current` false.
    """

    deployment = models.ForeignKey(
        Deployment, on_delete=models.CASCADE, related_name="failure_links"
    )
    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, null=True, related_name="failure_links"
    )
    remedy = models.ForeignKey(
        Deployment, on_delete=models.CASCADE, null=True, related_name="remedy_links"
    )
    rule = models.CharField(max_length=8, choices=LinkRule)
    # Percent: 100 for a person's word or the source's, less for what was inferred.
    confidence = models.PositiveSmallIntegerField()
    decided_by = models.CharField(max_length=200)
    decided_at = models.DateTimeField()
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(incident__isnull=False) ^ Q(remedy__isnull=False),
                name="kpis_failurelink_one_evidence",
            ),
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(is_current=True, incident__isnull=False),
                name="kpis_failurelink_one_blame",
            ),
            models.UniqueConstraint(
                fields=["deployment", "remedy"],
                condition=Q(is_current=True, remedy__isnull=False),
                name="kpis_failurelink_one_remedy",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} on {self.deployment_id}"

    @property
    def decider(self) -> str:
        """Who decided, in words."""
        return "the rule" if self.decided_by.startswith("rule:") else plain_label(self.decided_by)
