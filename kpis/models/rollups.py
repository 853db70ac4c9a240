"""What is computed from the facts: exact summaries of days, and weeks and months merged from them.

A scope is an application, a node of the team tree with everything below it, or the company.
Its days are calendar days in its own zone: the owner team's, the team's, the company's.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from portal.catalogue.models import Application

COMPANY_ID = 0


class ScopeKind(models.IntegerChoices):
    """What a number is about."""

    APPLICATION = 1, "Application"
    TEAM = 2, "Team"
    COMPANY = 3, "Company"


class Grain(models.TextChoices):
    """The length of a period: ISO weeks start on Monday, months on the first."""

    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"


class ScopeMember(models.Model):
    """That an application counts in a scope, as the roll-ups last saw the team tree.

    `environments` are its production environments, whose deployments and changes count.
    """

    pk = models.CompositePrimaryKey("scope_kind", "scope_id", "application_id")
    scope_kind = models.PositiveSmallIntegerField(choices=ScopeKind)
    scope_id = models.BigIntegerField()
    application = models.ForeignKey(Application, on_delete=models.CASCADE)
    zone = models.CharField(max_length=64)
    environments = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"{self.application_id} in {self.scope_kind}:{self.scope_id}"


class ScopeRevision(models.Model):
    """How often a scope's roll-ups have changed, for whoever waits for news, and when last.

    Its row is also the lock that a recompute holds on the scope. `place` is its way down the
    team tree: related scopes stand together in that order, so that their facts are read once.
    """

    pk = models.CompositePrimaryKey("scope_kind", "scope_id")
    scope_kind = models.PositiveSmallIntegerField(choices=ScopeKind)
    scope_id = models.BigIntegerField()
    zone = models.CharField(max_length=64, db_default="UTC")
    place = ArrayField(models.BigIntegerField(), db_default=[])
    revision = models.BigIntegerField(default=0)
    computed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.scope_kind}:{self.scope_id} #{self.revision}"


class Mark(models.Model):
    """That the facts of some days of a scope, from and until, changed since last summarised.

    Rows are only ever inserted by writers and removed, by id, by the recompute that read them.
    """

    scope_kind = models.PositiveSmallIntegerField(choices=ScopeKind)
    scope_id = models.BigIntegerField()
    from_on = models.DateField()
    until_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(from_on__lt=F("until_on")), name="kpis_mark_order")
        ]
        indexes = [models.Index(fields=["scope_kind", "scope_id"], name="kpis_mark_scope")]

    def __str__(self) -> str:
        return f"{self.scope_kind}:{self.scope_id} {self.from_on} to {self.until_on}"


class RollupManager(models.Manager["Rollup"]):
    """Reads roll-ups without the values of days, which only a recompute needs."""

    def get_queryset(self) -> models.QuerySet["Rollup"]:
        """Return roll-ups whose values are fetched when asked for."""
        return super().get_queryset().defer(*Rollup.VALUES)


class Rollup(models.Model):
    """One period of one scope as pages and the API show it. A period without facts has no row.

    Counts are of production only: `deployments` succeeded; `finished` succeeded or failed;
    `failures` are finished ones with a failure attributed; `rework` are successful unplanned
    ones; `deployment_days` are days with a success; `incidents` began; `changes` first went live
    and earn a lead time, `bot_changes` of them by bots; `merged` have a known merge and `fast` of
    them were live within fifteen minutes of it.

    Percentiles are seconds by R-7, null where there is no value; `*_n` counts the values.

    The row of a day is exact and can be merged: each `*_values` is the sorted multiset of its
    spans in whole seconds, as big-endian 32-bit integers (PostgreSQL's `int4send`), so that
    merging days is concatenation and any percentile over any days is exact. Weeks and months
    have none.
    """

    VALUES = (
        "lead_values",
        "coding_values",
        "pickup_values",
        "review_values",
        "merge_values",
        "recovery_values",
    )

    pk = models.CompositePrimaryKey("scope_kind", "scope_id", "grain", "starts_on")
    scope_kind = models.SmallIntegerField(choices=ScopeKind)
    scope_id = models.BigIntegerField()
    grain = models.CharField(max_length=5, choices=Grain, db_default="day")
    starts_on = models.DateField()
    deployments = models.IntegerField()
    deployment_days = models.IntegerField()
    finished = models.IntegerField()
    failures = models.IntegerField()
    rework = models.IntegerField()
    incidents = models.IntegerField()
    changes = models.IntegerField()
    bot_changes = models.IntegerField()
    merged = models.IntegerField()
    fast = models.IntegerField()
    lead_n = models.IntegerField()
    lead_p50 = models.FloatField(null=True)
    lead_p75 = models.FloatField(null=True)
    lead_p90 = models.FloatField(null=True)
    coding_n = models.IntegerField()
    coding_p50 = models.FloatField(null=True)
    pickup_n = models.IntegerField()
    pickup_p50 = models.FloatField(null=True)
    review_n = models.IntegerField()
    review_p50 = models.FloatField(null=True)
    merge_p50 = models.FloatField(null=True)
    merge_p90 = models.FloatField(null=True)
    recovery_n = models.IntegerField()
    recovery_p50 = models.FloatField(null=True)
    recovery_p90 = models.FloatField(null=True)
    lead_values = models.BinaryField(null=True)
    coding_values = models.BinaryField(null=True)
    pickup_values = models.BinaryField(null=True)
    review_values = models.BinaryField(null=True)
    merge_values = models.BinaryField(null=True)
    recovery_values = models.BinaryField(null=True)

    objects = RollupManager()

    class Meta:
        indexes = [
            # What changed most is asked of all teams at once.
            models.Index(
                fields=["grain", "starts_on", "scope_id"],
                condition=Q(scope_kind=ScopeKind.TEAM),
                name="kpis_rollup_teams",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope_kind}:{self.scope_id} {self.grain} {self.starts_on}"
