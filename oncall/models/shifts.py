"""Shifts as they were worked out, and the hours in which nobody is on call."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Q

from oncall.models.kinds import EXCLUSIVE_ROLES, DutyRole
from oncall.models.ranges import same, together
from oncall.models.rotas import Rota
from portal.accounts.models import User


class Shift(models.Model):
    """That a person is on call in a role of a rota, without a break.

    Shifts ahead follow from the rota and are worked out anew when it changes. A shift that is over
    is frozen: it is a record, and the database lets nobody change it.
    """

    rota = models.ForeignKey(Rota, on_delete=models.PROTECT, related_name="shifts")
    role = models.CharField(max_length=9, choices=DutyRole)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # Whether nobody else may be on call in this role at the same time.
    is_exclusive = models.BooleanField()
    frozen_at = models.DateTimeField(null=True, blank=True)
    # Counts the times that its end moved, so that calendars know the later word.
    sequence = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="oncall_shift_order"
            ),
            *(
                ExclusionConstraint(
                    name=f"oncall_shift_one_{role.value}",
                    expressions=[same("rota_id"), together("starts_at", "ends_at")],
                    condition=Q(is_exclusive=True, role=role.value),
                )
                for role in EXCLUSIVE_ROLES
            ),
            *(
                ExclusionConstraint(
                    name=f"oncall_shift_{role.value}_once",
                    expressions=[
                        same("rota_id"),
                        same("person_id"),
                        together("starts_at", "ends_at"),
                    ],
                    condition=Q(is_exclusive=False, role=role.value),
                )
                for role in DutyRole
            ),
        ]
        indexes = [
            models.Index(fields=["rota", "role", "starts_at"], name="oncall_shift_rota"),
            models.Index(fields=["person", "starts_at"], name="oncall_shift_person"),
            # Few rows are open and begun: those on call now, and those of the last day.
            models.Index(
                fields=["starts_at"],
                condition=Q(frozen_at=None),
                name="oncall_shift_open",
            ),
            # Of one rota: who is on call now, and who is next.
            models.Index(
                fields=["rota", "starts_at"],
                condition=Q(frozen_at=None),
                name="oncall_shift_ahead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def duty(self) -> DutyRole:
        """The role with its words."""
        return DutyRole(self.role)


class Gap(models.Model):
    """That nobody is on call in a role of a rota, in hours that are meant to be covered."""

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="gaps")
    role = models.CharField(max_length=9, choices=DutyRole)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    found_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="oncall_gap_order"
            ),
            models.UniqueConstraint(fields=["rota", "role", "starts_at"], name="oncall_gap_once"),
        ]
        indexes = [models.Index(fields=["ends_at"], name="oncall_gap_end")]

    def __str__(self) -> str:
        return f"{self.role} of {self.rota_id}, {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def duty(self) -> DutyRole:
        """The role with its words."""
        return DutyRole(self.role)
