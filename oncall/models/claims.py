"""Claims: how the nights of an application go to its team and, if need be, back."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from oncall.models.rotas import Rota
from oncall.plans.claims import ENDED, LIVE, WITH_ROTA, Side, Stage
from oncall.plans.readiness import BY_KEY, Item, State
from portal.accounts.models import User
from portal.catalogue.models import Application, Team


class ClaimState(models.TextChoices):
    """Where a claim stands."""

    INTERESTED = Stage.INTERESTED.value, "Interested"
    PREPARING = Stage.PREPARING.value, "Preparing"
    SHADOWING = Stage.SHADOWING.value, "Shadowing"
    TRIAL = Stage.TRIAL.value, "Trial"
    OWNED = Stage.OWNED.value, "Owned"
    HANDING_BACK = Stage.HANDING_BACK.value, "Handing back"
    RETURNED = Stage.RETURNED.value, "Returned"
    ORPHANED = Stage.ORPHANED.value, "Owner changed"
    EXPIRED = Stage.EXPIRED.value, "Retired"

    @property
    def stage(self) -> Stage:
        """The stage that the rules of claims know."""
        return Stage(self.value)

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"OWNED": "good", "HANDING_BACK": "warning", "ORPHANED": "warning"}.get(
            self.value, "unknown" if self.stage in ENDED else "info"
        )

    @property
    def meaning(self) -> str:
        """The state in a sentence."""
        return {
            "INTERESTED": "The team thinks about it. Central support answers.",
            "PREPARING": "The team gets ready. Central support answers.",
            "SHADOWING": "The team watches beside central support, which answers.",
            "TRIAL": "The team answers; central support steps in when it cannot.",
            "OWNED": "The team answers.",
            "HANDING_BACK": "The team answers until central support says that it does again.",
            "RETURNED": "The nights went back to central support.",
            "ORPHANED": "The application changed hands, and central support answers again.",
            "EXPIRED": "The application was retired.",
        }[self.value]


class ItemState(models.TextChoices):
    """How an item of readiness stands."""

    PASS = State.PASS.value, "Met"
    FAIL = State.FAIL.value, "Not met"
    NO_DATA = State.NO_DATA.value, "No data"
    EXEMPT = State.EXEMPT.value, "Exempt"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"PASS": "good", "FAIL": "bad", "EXEMPT": "info"}.get(self.value, "unknown")


class EvidenceKind(models.TextChoices):
    """What people tell of, since the portal cannot see it."""

    RUNBOOK_REVIEWED = "RUNBOOK_REVIEWED", "Runbook reviewed"
    ALERTS_TESTED = "ALERTS_TESTED", "Alerts tested"
    ACCESS_TESTED = "ACCESS_TESTED", "Access to production tested, break-glass included"
    SLO_DEFINED = "SLO_DEFINED", "Service level objective defined"
    ROLLBACK_TESTED = "ROLLBACK_TESTED", "Rollback or kill switch tested"
    SHADOW_DONE = "SHADOW_DONE", "Shadow shift done"


class ClaimSide(models.TextChoices):
    """Whose word it is."""

    TAKER = Side.TAKER.value, "The team"
    GIVER = Side.GIVER.value, "Central support"


class Claim(models.Model):
    """That a team wants, prepares for, or has the nights of an application that it owns.

    While there is no live claim, central support answers. `met` of `items` are the items of
    readiness that were met when it was checked last; `unready_since` is since when the team of a
    trial or owned claim is not ready, `told_at` when it was told, `escalated_at` when others were.
    """

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="oncall_claims"
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="oncall_claims")
    rota = models.ForeignKey(
        Rota, on_delete=models.PROTECT, null=True, blank=True, related_name="claims"
    )
    state = models.CharField(max_length=12, choices=ClaimState, default=ClaimState.INTERESTED)
    since = models.DateTimeField()
    planned_until = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    met = models.PositiveSmallIntegerField(default=0)
    items = models.PositiveSmallIntegerField(default=0)
    checked_at = models.DateTimeField(null=True, blank=True)
    check_due_at = models.DateTimeField()
    unready_since = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-begun_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(ended_at=None), name="oncall_claim_one_live"
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE, ended_at=None)
                | Q(state__in=ENDED, ended_at__isnull=False),
                name="oncall_claim_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=WITH_ROTA) | Q(rota__isnull=False),
                name="oncall_claim_has_rota",
            ),
        ]
        indexes = [
            models.Index(
                fields=["check_due_at"],
                condition=Q(ended_at=None),
                name="oncall_claim_due",
            ),
            models.Index(
                fields=["team", "state"],
                condition=Q(ended_at=None),
                name="oncall_claim_team",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} by {self.team}"

    def get_absolute_url(self) -> str:
        """Return the address of the claim's page, which is that of its application."""
        return reverse("oncall-claim", args=[self.application.slug])

    @property
    def status(self) -> ClaimState:
        """The state with its words."""
        return ClaimState(self.state)

    @property
    def stage(self) -> Stage:
        """The state as the rules of claims know it."""
        return Stage(self.state)

    @property
    def is_live(self) -> bool:
        """Whether it goes on."""
        return self.ended_at is None

    @property
    def is_ready(self) -> bool:
        """Whether every item of readiness was met when it was checked last."""
        return self.items > 0 and self.met == self.items


class ClaimStep(models.Model):
    """That a claim came to a state: when, by whom and why. The portal has no person."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="steps")
    state = models.CharField(max_length=12, choices=ClaimState)
    since = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    side = models.CharField(max_length=5, choices=ClaimSide, blank=True)
    note = models.TextField(blank=True)
    planned_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["since", "id"]

    def __str__(self) -> str:
        return f"{self.state} since {self.since:%Y-%m-%d}"

    @property
    def status(self) -> ClaimState:
        """The state with its words."""
        return ClaimState(self.state)


class Word(models.Model):
    """The word of one side that a claim goes on from a step; it takes that of the other side too.

    Two people give the two words, never one for both.
    """

    step = models.ForeignKey(ClaimStep, on_delete=models.CASCADE, related_name="words")
    side = models.CharField(max_length=5, choices=ClaimSide)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "side"],
                condition=Q(withdrawn_at=None),
                name="oncall_word_one_a_side",
            ),
            models.UniqueConstraint(
                fields=["step", "by"],
                condition=Q(withdrawn_at=None),
                name="oncall_word_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} by {self.by}"

    @property
    def whose(self) -> ClaimSide:
        """The side with its words."""
        return ClaimSide(self.side)


class ReadinessCheck(models.Model):
    """How an item of readiness stood when it was checked last, and since when it does."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="checks")
    item = models.CharField(max_length=20)
    state = models.CharField(max_length=7, choices=ItemState)
    evidence = models.CharField(max_length=300)
    url = models.CharField(max_length=300)
    checked_at = models.DateTimeField()
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["claim", "item"], name="oncall_check_once")]

    def __str__(self) -> str:
        return f"{self.item}: {self.state}"

    @property
    def status(self) -> ItemState:
        """The state with its words."""
        return ItemState(self.state)

    @property
    def about(self) -> Item | None:
        """The item, unless a later release asks for it no more."""
        return BY_KEY.get(self.item)


class ReadinessException(models.Model):
    """That an item need not be met for a while: one asks, another approves, it ends by itself."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="exceptions")
    item = models.CharField(max_length=20)
    reason = models.TextField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "item"],
                condition=Q(ended_at=None),
                name="oncall_exception_one_live",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("asked_by")),
                name="oncall_exception_two_people",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="oncall_exception_approved",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("asked_at")), name="oncall_exception_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} of {self.claim_id}"

    @property
    def about(self) -> Item | None:
        """The item, unless a later release asks for it no more."""
        return BY_KEY.get(self.item)


class Evidence(models.Model):
    """What somebody told of an application, since the portal cannot see it; good for a while.

    A shadow shift is told of a person, and stays good.
    """

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="oncall_evidence"
    )
    kind = models.CharField(max_length=16, choices=EvidenceKind)
    done_on = models.DateField()
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    url = models.URLField(blank=True, max_length=500)
    note = models.TextField(blank=True)
    told_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField()

    class Meta:
        ordering = ["-done_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=EvidenceKind.SHADOW_DONE, person__isnull=False)
                | (~Q(kind=EvidenceKind.SHADOW_DONE) & Q(person=None)),
                name="oncall_evidence_person",
            )
        ]
        indexes = [
            models.Index(
                fields=["application", "kind", "-done_on", "-id"], name="oncall_evidence_latest"
            )
        ]
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return f"{self.kind} of {self.application_id}"

    @property
    def what(self) -> EvidenceKind:
        """The kind with its words."""
        return EvidenceKind(self.kind)
