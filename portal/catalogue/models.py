"""Teams, applications and environments: the nouns everything else points at."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.urls import reverse

from portal.accounts.models import User
from portal.core.clock import validate_zone

validate_slug = RegexValidator(
    r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z",
    "Use lower-case letters, digits and single hyphens between them, such as card-payments.",
)


class TeamKind(models.TextChoices):
    """The three levels of the team tree."""

    DIVISION = "DIVISION", "Division"
    DEPARTMENT = "DEPARTMENT", "Department"
    TEAM = "TEAM", "Team"

    @property
    def rank(self) -> int:
        """How deep in the tree the kind belongs; a parent has a lower rank than its children."""
        return list(TeamKind).index(self)


class TeamRole(models.TextChoices):
    """What somebody is in a team."""

    MEMBER = "MEMBER", "Member"
    LEAD = "LEAD", "Lead"


class Lifecycle(models.TextChoices):
    """How far along its life an application is."""

    EXPERIMENTAL = "EXPERIMENTAL", "Experimental"
    PRODUCTION = "PRODUCTION", "Production"
    DEPRECATED = "DEPRECATED", "Deprecated"
    RETIRED = "RETIRED", "Retired"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {
            "EXPERIMENTAL": "info",
            "PRODUCTION": "good",
            "DEPRECATED": "warning",
            "RETIRED": "unknown",
        }[self.value]


class DataClass(models.TextChoices):
    """Kinds of data that rules attach to."""

    PCI = "pci", "Card data (PCI DSS)"
    PERSONAL = "personal", "Personal data (GDPR)"
    HEALTH = "health", "Health data"
    FINANCIAL = "financial", "Financial reporting (SOX)"
    CONFIDENTIAL = "confidential", "Confidential"


class Tier(models.IntegerChoices):
    """How much depends on an application; 1 is the most critical."""

    ONE = 1, "Tier 1: customers notice at once"
    TWO = 2, "Tier 2: customers notice within hours"
    THREE = 3, "Tier 3: colleagues notice"
    FOUR = 4, "Tier 4: can wait"


class Weekday(models.IntegerChoices):
    """Days of the week by their ISO numbers."""

    MONDAY = 1, "Monday"
    TUESDAY = 2, "Tuesday"
    WEDNESDAY = 3, "Wednesday"
    THURSDAY = 4, "Thursday"
    FRIDAY = 5, "Friday"
    SATURDAY = 6, "Saturday"
    SUNDAY = 7, "Sunday"


class Team(models.Model):
    """A node of the team tree: division, department or team.

    `lineage` holds the ids from the root down to this node and is kept by the services.
    """

    slug = models.CharField(max_length=63, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=TeamKind, default=TeamKind.TEAM)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    lineage = ArrayField(models.BigIntegerField(), default=list, editable=False)
    description = models.TextField(blank=True)
    zone = models.CharField(max_length=64, default="Europe/London", validators=[validate_zone])
    country = models.CharField(
        max_length=2,
        default="GB",
        validators=[RegexValidator(r"^[A-Z]{2}\Z", "Use a code of ISO 3166-1, such as GB.")],
    )
    workday_starts_at = models.TimeField(default=time(9))
    workday_ends_at = models.TimeField(default=time(17, 30))
    # ISO weekday numbers, Monday is 1.
    workdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    people: "models.ManyToManyField[User, Membership]" = models.ManyToManyField(
        User, through="Membership", related_name="teams"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(workday_starts_at__lt=models.F("workday_ends_at")),
                name="catalogue_team_workday_order",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=TeamKind.DIVISION) | models.Q(parent=None),
                name="catalogue_team_division_is_root",
            ),
        ]
        indexes = [GinIndex(fields=["lineage"], name="catalogue_team_lineage")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the team's page."""
        return reverse("team", args=[self.slug])

    @property
    def label(self) -> str:
        """The stable label of this team in the audit trail."""
        return f"team:{self.slug}"

    def local_time(self, now: datetime) -> datetime:
        """Return the instant as the team's own clocks show it."""
        return now.astimezone(ZoneInfo(self.zone))

    def is_at_work(self, now: datetime) -> bool:
        """Return whether the instant is within the team's working hours; holidays count as work."""
        local = self.local_time(now)
        return (
            local.isoweekday() in self.workdays
            and self.workday_starts_at <= local.time() < self.workday_ends_at
        )

    @property
    def workday_names(self) -> list[str]:
        """The names of the working days, Monday first."""
        return [str(Weekday(number).label) for number in sorted(self.workdays)]


class Membership(models.Model):
    """That a person belongs to a team, and as what."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=TeamRole, default=TeamRole.MEMBER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="catalogue_membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class Contact(models.Model):
    """A way to reach a team: a channel, an address, a telephone number."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="contacts")
    label = models.CharField(max_length=60)
    value = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.label}: {self.value}"


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
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tier__gte=1, tier__lte=4), name="catalogue_application_tier"
            )
        ]
        indexes = [models.Index(fields=["name", "id"], name="catalogue_application_name")]

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
    def data_class_names(self) -> list[str]:
        """The data classes in words."""
        return [str(DataClass(one).label) for one in self.data_classes]


class Link(models.Model):
    """A titled address that belongs to an application."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="links")
    title = models.CharField(max_length=80)
    url = models.URLField(max_length=500)

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

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "slug"], name="catalogue_environment_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.application_id}"
