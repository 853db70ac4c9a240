"""Reaching a level, or keeping some rules, by a date."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from portal.accounts.models import User
from portal.catalogue.models import Team
from portal.scorecards.models.definitions import Scorecard


class InitiativeState(models.TextChoices):
    """How an initiative stands; what has begun is moved by progress and the calendar."""

    DRAFT = "DRAFT", "Draft"
    SCHEDULED = "SCHEDULED", "Scheduled"
    IN_PROGRESS = "IN_PROGRESS", "In progress"
    DONE = "DONE", "Done"
    LATE = "LATE", "Late"
    CANCELLED = "CANCELLED", "Cancelled"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {
            "DRAFT": "unknown",
            "SCHEDULED": "info",
            "IN_PROGRESS": "info",
            "DONE": "good",
            "LATE": "bad",
            "CANCELLED": "unknown",
        }[self.value]


# States in which progress counts.
RUNNING = (InitiativeState.IN_PROGRESS, InitiativeState.LATE)


class InitiativeQuerySet(models.QuerySet["Initiative"]):
    """Initiatives by how they stand."""

    def running(self) -> "InitiativeQuerySet":
        """Return those under way, the one due first first."""
        return self.filter(state__in=RUNNING).order_by("due_on", "pk")

    def others(self) -> "InitiativeQuerySet":
        """Return drafts and what is to come or over, the latest first; at most a hundred."""
        return self.exclude(state__in=RUNNING).order_by("-due_on", "-pk")[:100]


class Initiative(models.Model):
    """What applications shall reach by `due_on`: a level, or some rules whatever their level.

    `tiers` and `team` narrow the applications it is for; empty lets all of the scorecard in.
    """

    title = models.CharField(max_length=120)
    why = models.TextField()
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="initiatives")
    # The rank of the level to reach; null when rules are named.
    level = models.PositiveSmallIntegerField(null=True)
    rules = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    tiers = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="initiatives")
    starts_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=11, choices=InitiativeState, default=InitiativeState.DRAFT)
    state_since = models.DateTimeField()

    objects = InitiativeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__gt=F("starts_on")), name="scorecards_initiative_order"
            ),
            models.CheckConstraint(
                # Without the first word an unknown comparison would let what has no goal pass.
                condition=Q(level__isnull=False, level__gte=1, rules__len=0)
                | Q(level=None, rules__len__gte=1),
                name="scorecards_initiative_goal",
            ),
        ]
        indexes = [models.Index(fields=["scorecard", "due_on"], name="scorecards_initiative_due")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of the initiative's page."""
        return reverse("initiative", args=[self.pk])

    @property
    def label(self) -> str:
        """The stable label of this initiative in the audit trail."""
        return f"initiative:{self.pk}"

    @property
    def status(self) -> InitiativeState:
        """How it stands, as the status component shows it."""
        return InitiativeState(self.state)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {InitiativeState.DONE, InitiativeState.CANCELLED}

    @property
    def goal(self) -> str:
        """What shall be reached, in words."""
        definition = self.scorecard.definition
        if self.level is not None:
            name = (
                definition.level_name(self.level)
                if self.level <= len(definition.levels)
                else "a level that is no more"
            )
            return f"{name.capitalize()} in {definition.title}"
        known = definition.by_key
        return ", ".join(known[key].title if key in known else key for key in self.rules)


class Progress(models.Model):
    """How many applications of an initiative there were on a day, and how many were there yet.

    A day on which nothing differs from the day before has no row.
    """

    pk = models.CompositePrimaryKey("initiative_id", "on")
    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, db_index=False)
    on = models.DateField()
    done = models.PositiveIntegerField()
    total = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(done__lte=F("total")), name="scorecards_progress_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.done} of {self.total} on {self.on}"
