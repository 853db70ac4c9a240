"""How applications stand now, and how they stood on days before."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from kpis.models import ScopeKind
from portal.catalogue.models import Application
from portal.scorecards.models.definitions import Scorecard
from portal.scorecards.rules.evaluation import State


class RuleState(models.TextChoices):
    """The states of a rule as they are stored."""

    PASS = State.PASS.value, State.PASS.label
    FAIL = State.FAIL.value, State.FAIL.label
    NO_DATA = State.NO_DATA.value, State.NO_DATA.label
    EXEMPT = State.EXEMPT.value, State.EXEMPT.label


class RuleResult(models.Model):
    """How one rule stands for one application, what was found, and since when it stands so.

    `evidence` holds what was found in `words` and what was `wanted`.
    """

    pk = models.CompositePrimaryKey("scorecard_id", "application_id", "rule")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, db_index=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, db_index=False)
    rule = models.CharField(max_length=60)
    state = models.CharField(max_length=7, choices=RuleState)
    evidence = models.JSONField()
    since = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["scorecard", "rule", "state", "application"],
                name="scorecards_result_by_rule",
            ),
            models.Index(fields=["application"], name="scorecards_result_by_app"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.rule}: {self.state}"


class Standing(models.Model):
    """The level that an application has reached, and how many rules stand in each state."""

    pk = models.CompositePrimaryKey("scorecard_id", "application_id")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, db_index=False)
    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, db_index=False, related_name="standings"
    )
    level = models.PositiveSmallIntegerField()
    passed = models.PositiveSmallIntegerField()
    failed = models.PositiveSmallIntegerField()
    unknown = models.PositiveSmallIntegerField()
    exempt = models.PositiveSmallIntegerField()
    level_since = models.DateTimeField()
    evaluated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["scorecard", "level", "application"], name="scorecards_standing_level"
            ),
            models.Index(fields=["application"], name="scorecards_standing_by_app"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} at level {self.level}"


class Snapshot(models.Model):
    """How a scope stood at the end of a day: an application, a team with all below, or all.

    `levels` counts applications by the rank of their level, the lowest rank 0 first. A day on
    which nothing differs from the day before has no row, so history grows with change alone.
    """

    pk = models.CompositePrimaryKey("scorecard_id", "scope_kind", "scope_id", "on")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, db_index=False)
    scope_kind = models.PositiveSmallIntegerField(choices=ScopeKind)
    scope_id = models.BigIntegerField()
    on = models.DateField()
    levels = ArrayField(models.PositiveIntegerField())
    passed = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    exempt = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(levels__len__gte=1), name="scorecards_snapshot_levels"
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope_kind}:{self.scope_id} on {self.on}"
