"""The team tree: divisions, departments, teams and who is in them."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse

from portal.accounts.models import User
from portal.catalogue.models.kinds import TeamKind, TeamRole, Weekday
from portal.catalogue.models.validators import validate_slug
from portal.core.clock import validate_zone


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
