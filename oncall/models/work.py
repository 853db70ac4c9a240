"""Work done while on call, and what one shift tells the next."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Q

from oncall.models.ranges import same, together
from oncall.models.rotas import Rota
from portal.accounts.models import User
from portal.catalogue.models import Application


class CallOut(models.Model):
    """That a person was called and worked while on call, from when until when.

    It is never edited: who corrects it strikes it and tells another in its place.
    """

    rota = models.ForeignKey(Rota, on_delete=models.PROTECT, related_name="callouts")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="callouts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, blank=True, related_name="callouts"
    )
    # Where more stands of it: the number of an incident or a ticket.
    reference = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True)
    told_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    struck_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    struck_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="oncall_callout_order"
            ),
            models.CheckConstraint(
                condition=Q(struck_at=None, struck_by=None)
                | Q(struck_at__isnull=False, struck_by__isnull=False),
                name="oncall_callout_struck",
            ),
            ExclusionConstraint(
                name="oncall_callout_once",
                expressions=[same("person_id"), together("starts_at", "ends_at")],
                condition=Q(struck_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["rota", "starts_at"], name="oncall_callout_rota"),
            models.Index(fields=["person", "starts_at"], name="oncall_callout_person"),
            models.Index(fields=["starts_at", "id"], name="oncall_callout_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def seconds(self) -> float:
        """How long it took, in real seconds."""
        return (self.ends_at - self.starts_at).total_seconds()


class HandoverNote(models.Model):
    """What somebody leaves for those who are on call after them."""

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="handover_notes")
    text = models.TextField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["-written_at", "-id"]
        indexes = [models.Index(fields=["rota", "-written_at"], name="oncall_note_latest")]

    def __str__(self) -> str:
        return f"{self.rota_id}, {self.written_at:%Y-%m-%d %H:%M}"


class HandoverWish(models.Model):
    """How a person wants to be told of shifts to come."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="handover_wish")
    # On days off nothing is sent: what would fall on one comes on the working day before.
    only_workdays = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.person_id}"


class DutyMonth(models.Model):
    """Cover and load of a rota in a month of its zone that is over, worked out from records.

    The hours are meant and covered in the role of the primary; nights and shifts are of anybody.
    """

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="months")
    month = models.DateField()
    meant_seconds = models.PositiveIntegerField()
    covered_seconds = models.PositiveIntegerField()
    shifts = models.PositiveIntegerField()
    callouts = models.PositiveIntegerField()
    nights = models.PositiveIntegerField()
    nights_interrupted = models.PositiveIntegerField()
    rest_breaches = models.PositiveIntegerField()
    # Who was on call the longest, and their share of all the time of the month.
    heaviest = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    heaviest_share = models.FloatField(null=True, blank=True)
    # How many applications of each tier it answered for at the end of the month.
    tiers = models.JSONField(default=dict)
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["month"]
        constraints = [
            models.UniqueConstraint(fields=["rota", "month"], name="oncall_month_once"),
            models.CheckConstraint(
                condition=Q(covered_seconds__lte=F("meant_seconds")), name="oncall_month_covered"
            ),
        ]
        indexes = [models.Index(fields=["month"], name="oncall_month")]

    def __str__(self) -> str:
        return f"{self.rota_id}, {self.month:%Y-%m}"
