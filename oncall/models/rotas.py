"""Rotas and the versions of their definition: layers, and who takes turns in them."""

from datetime import datetime, time

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from oncall.models.calendars import HolidayCalendar
from oncall.models.kinds import DutyRole, Hours, Resolution, SwapPolicy, TurnUnit
from oncall.rota import Unit
from portal.accounts.models import User
from portal.catalogue.models import Team
from portal.catalogue.models.validators import validate_slug
from portal.core.clock import validate_zone

LONGEST_RESPONSE = 24 * 60


class Rota(models.Model):
    """Who of a team is on call when.

    `dirty_since` is from when on its shifts no longer follow from what is known, and
    `computed_until` how far they reach; the worker sees to both.
    """

    slug = models.CharField(max_length=63, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=120)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="rotas")
    description = models.TextField(blank=True)
    zone = models.CharField(max_length=64, validators=[validate_zone])
    calendar = models.ForeignKey(
        HolidayCalendar, on_delete=models.PROTECT, null=True, blank=True, related_name="rotas"
    )
    hours = models.CharField(max_length=12, choices=Hours, default=Hours.OUT_OF_HOURS)
    resolution = models.CharField(max_length=8, choices=Resolution, default=Resolution.PRIORITY)
    swap_policy = models.CharField(max_length=4, choices=SwapPolicy, default=SwapPolicy.TELL)
    response_minutes = models.PositiveSmallIntegerField(
        default=15, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_RESPONSE)]
    )
    # Answers for every application that no team has taken on.
    is_central = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    # Counts every change of the rota, so that who edits sees that somebody else did.
    revision = models.PositiveIntegerField(default=1)
    computed_until = models.DateTimeField(null=True, blank=True)
    dirty_since = models.DateTimeField(null=True, blank=True)
    # What the shifts were worked out from outside the rota: hours of the team, who is there.
    basis = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_central"], condition=Q(is_central=True), name="oncall_rota_one_central"
            ),
            models.CheckConstraint(
                condition=~Q(is_central=True) | Q(retired_at=None),
                name="oncall_rota_central_is_current",
            ),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="oncall_rota_name"),
            models.Index(
                fields=["dirty_since"],
                condition=Q(dirty_since__isnull=False),
                name="oncall_rota_dirty",
            ),
            models.Index(
                fields=["computed_until"],
                condition=Q(retired_at=None),
                name="oncall_rota_horizon",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the rota's page."""
        return reverse("rota", args=[self.slug])

    @property
    def label(self) -> str:
        """The stable label of this rota in the audit trail."""
        return f"rota:{self.slug}"

    @property
    def is_union(self) -> bool:
        """Whether everybody of every layer is on call."""
        return self.resolution == Resolution.UNION


class RotaVersion(models.Model):
    """A definition of a rota, from an instant until the next one begins.

    A new one supersedes those that would have begun at its start or later; what has begun stays.
    """

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["rota", "number"], name="oncall_version_number"),
            models.UniqueConstraint(
                fields=["rota", "starts_at"],
                condition=Q(superseded_at=None),
                name="oncall_version_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rota} {self.number}"


class Layer(models.Model):
    """People who take turns in some hours; the one with the higher priority goes first.

    `turn_days` are custom turns: days that each turn lasts, one after the other and again. Without
    them a turn lasts `length` times `unit`; without a unit the first group is always on.
    `windows` are hours of the week: `[{"days": [1, 2], "opens": "18:00", "closes": "09:00"}]`.
    """

    version = models.ForeignKey(RotaVersion, on_delete=models.CASCADE, related_name="layers")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=9, choices=DutyRole, default=DutyRole.PRIMARY)
    priority = models.SmallIntegerField(default=0)
    unit = models.CharField(max_length=5, choices=TurnUnit, blank=True, default=TurnUnit.WEEK)
    length = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    turn_days = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    # The label of the first hand-off, in the zone of the layer.
    begins_on = models.DateField()
    handoff_at = models.TimeField(default=time(9))
    # Empty: that of the rota. Teams that follow the sun have one each.
    zone = models.CharField(max_length=64, blank=True, validators=[validate_zone])
    hours = models.CharField(max_length=12, choices=Hours, default=Hours.OUT_OF_HOURS)
    windows = models.JSONField(default=list, blank=True)
    # By so many turns the order is ahead: next week's primary is this week's secondary.
    ahead = models.PositiveSmallIntegerField(default=0)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="oncall_layer_position"),
            models.CheckConstraint(condition=Q(length__gte=1), name="oncall_layer_length"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def begins_label(self) -> datetime:
        """The label at which the first turn begins, naive."""
        return datetime.combine(self.begins_on, self.handoff_at)

    @property
    def duty(self) -> DutyRole:
        """The role with its words."""
        return DutyRole(self.role)

    @property
    def turn_unit(self) -> Unit | None:
        """What turns are counted in, or None without turns."""
        return Unit(self.unit) if self.unit else None


class Participant(models.Model):
    """That a person takes a turn of a layer; who has the same turn shares it."""

    layer = models.ForeignKey(Layer, on_delete=models.CASCADE, related_name="participants")
    turn = models.PositiveSmallIntegerField()
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="turns")

    class Meta:
        ordering = ["turn", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["layer", "turn", "person"], name="oncall_participant_once_a_turn"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.layer}"
