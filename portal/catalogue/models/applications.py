"""Applications, the systems they make up and where they run."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse

from portal.accounts.models import User
from portal.catalogue.models.kinds import DataClass, DependencyKind, Lifecycle, Tier
from portal.catalogue.models.teams import Team
from portal.catalogue.models.validators import (
    validate_annotations,
    validate_link,
    validate_slug,
    validate_tag,
)


class System(models.Model):
    """Applications that together do one thing, such as taking card payments."""

    slug = models.CharField(max_length=63, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="systems"
    )
    # Who keeps it: empty for the pages, else a label such as `descriptor:<sync>`.
    managed_by = models.CharField(max_length=120, blank=True)
    source_ref = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["name", "id"], name="catalogue_system_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the system's page."""
        return reverse("system", args=[self.slug])

    @property
    def label(self) -> str:
        """The stable label of this system in the audit trail."""
        return f"catalogue-system:{self.slug}"


class Application(models.Model):
    """Something that a team builds, deploys and answers for."""

    slug = models.CharField(max_length=63, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="applications"
    )
    tier = models.PositiveSmallIntegerField(choices=Tier, default=Tier.THREE)
    lifecycle = models.CharField(max_length=12, choices=Lifecycle, default=Lifecycle.PRODUCTION)
    runbook_url = models.URLField(blank=True, max_length=500)
    data_classes = ArrayField(
        models.CharField(max_length=20, choices=DataClass), default=list, blank=True
    )
    system = models.ForeignKey(
        System, on_delete=models.PROTECT, null=True, blank=True, related_name="applications"
    )
    tags = ArrayField(
        models.CharField(max_length=63, validators=[validate_tag]), default=list, blank=True
    )
    annotations = models.JSONField(default=dict, blank=True, validators=[validate_annotations])
    # Who keeps it: empty for the pages, else a label such as `descriptor:<sync>`.
    managed_by = models.CharField(max_length=120, blank=True)
    source_ref = models.CharField(max_length=500, blank=True)
    registered_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    # When the time began after which the owner's word is due again; without a person nobody gave
    # it yet. Null: since it was registered.
    attested_at = models.DateTimeField(null=True, blank=True)
    attested_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tier__gte=1, tier__lte=4), name="catalogue_application_tier"
            ),
            models.CheckConstraint(
                condition=models.Q(lifecycle=Lifecycle.RETIRED, retired_at__isnull=False)
                | (~models.Q(lifecycle=Lifecycle.RETIRED) & models.Q(retired_at=None)),
                name="catalogue_application_retired",
            ),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="catalogue_application_name"),
            GinIndex(fields=["tags"], name="catalogue_application_tags"),
            models.Index(
                fields=["name", "id"],
                name="catalogue_application_unowned",
                condition=models.Q(owner=None, retired_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the application's page."""
        return reverse("application", args=[self.slug])

    @property
    def label(self) -> str:
        """The stable label of this application in the audit trail."""
        return f"application:{self.slug}"

    @property
    def stage(self) -> Lifecycle:
        """The lifecycle as the status component shows it."""
        return Lifecycle(self.lifecycle)

    @property
    def is_retired(self) -> bool:
        """Whether it is no longer current; its page and history stay."""
        return self.retired_at is not None

    @property
    def data_class_names(self) -> list[str]:
        """The data classes in words."""
        return [str(DataClass(one).label) for one in self.data_classes]


class Dependency(models.Model):
    """That one application needs another; circles happen in real life and are shown."""

    from_application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="dependencies"
    )
    to_application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="dependents"
    )
    kind = models.CharField(max_length=4, choices=DependencyKind, default=DependencyKind.HARD)
    note = models.CharField(max_length=200, blank=True)
    # Who says so: empty for the pages, else a label such as `descriptor:<sync>`.
    source = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["from_application", "to_application"], name="catalogue_dependency_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(from_application=models.F("to_application")),
                name="catalogue_dependency_not_self",
            ),
        ]
        verbose_name_plural = "dependencies"

    def __str__(self) -> str:
        return f"{self.from_application_id} needs {self.to_application_id}"

    @property
    def strength(self) -> DependencyKind:
        """The kind with its words."""
        return DependencyKind(self.kind)


class Link(models.Model):
    """A titled address that belongs to an application."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="links")
    title = models.CharField(max_length=80)
    url = models.CharField(max_length=500, validators=[validate_link])

    def __str__(self) -> str:
        return self.title


class Repository(models.Model):
    """A git repository an application is built from, perhaps only some paths of it."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="repositories"
    )
    url = models.CharField(max_length=500)
    # git pathspecs such as `svc/**`; empty: the whole repository.
    paths = ArrayField(models.CharField(max_length=300), default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "url"], name="catalogue_repository_once"
            )
        ]
        verbose_name_plural = "repositories"

    def __str__(self) -> str:
        return self.url


class Environment(models.Model):
    """Where an application runs; KPIs count what is deployed to production."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="environments"
    )
    slug = models.CharField(max_length=63, validators=[validate_slug])
    name = models.CharField(max_length=60)
    is_production = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(
        default=0, validators=[MinValueValidator(0), MaxValueValidator(99)]
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "slug"], name="catalogue_environment_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.application_id}"
