"""Who owned an application when, who shall own it next, and what was told of an overdue word."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from portal.accounts.models import User
from portal.catalogue.models.applications import Application
from portal.catalogue.models.kinds import (
    Attestation,
    OwnershipChange,
    TransferSide,
    TransferState,
)
from portal.catalogue.models.teams import Team

TOLD_STEPS = tuple(one for one in Attestation if one != Attestation.CURRENT)


class OwnershipPeriod(models.Model):
    """That a team owned an application from `since` until before `until`; no team: nobody did."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="ownership_periods"
    )
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="ownership_periods"
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    change = models.CharField(max_length=11, choices=OwnershipChange)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            # The embedded PostgreSQL has no btree_gist: a range of one number stands for equality.
            ExclusionConstraint(
                name="catalogue_ownershipperiod_one_owner_at_a_time",
                expressions=[
                    (
                        Func(
                            F("application_id"),
                            F("application_id"),
                            Value("[]"),
                            function="int8range",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (Func(F("since"), F("until"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(until=None),
                name="catalogue_ownershipperiod_one_open",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="catalogue_ownershipperiod_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} since {self.since:%Y-%m-%d}"

    @property
    def how(self) -> OwnershipChange:
        """The change with its words."""
        return OwnershipChange(self.change)


class TransferRequest(models.Model):
    """That an application shall change hands: one side asks, the other answers."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="transfer_requests"
    )
    from_team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    to_team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=7, choices=TransferSide)
    reason = models.TextField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=TransferState, default=TransferState.PENDING)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state=TransferState.PENDING),
                name="catalogue_transferrequest_one_pending",
            ),
            models.CheckConstraint(
                condition=~Q(from_team=F("to_team")), name="catalogue_transferrequest_two_teams"
            ),
            models.CheckConstraint(
                condition=~Q(state=TransferState.ACCEPTED)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("requested_by"))),
                name="catalogue_transferrequest_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state=TransferState.PENDING, decided_at=None)
                | (~Q(state=TransferState.PENDING) & Q(decided_at__isnull=False)),
                name="catalogue_transferrequest_decided",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(state=TransferState.PENDING),
                name="catalogue_transferrequest_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} from {self.from_team} to {self.to_team}"

    @property
    def stage(self) -> TransferState:
        """The state as the status component shows it."""
        return TransferState(self.state)

    @property
    def is_offer(self) -> bool:
        """Whether the owner spoke first."""
        return self.side == TransferSide.OFFER


class EscalationStep(models.Model):
    """That a step of an overdue attestation was told, once per time the word fell due."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="escalation_steps"
    )
    # When the time began that ran out.
    attested_at = models.DateTimeField()
    step = models.CharField(max_length=9, choices=[(one.value, one.label) for one in TOLD_STEPS])
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "attested_at", "step"],
                name="catalogue_escalationstep_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.application_id}"
