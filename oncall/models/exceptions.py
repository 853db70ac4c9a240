"""What makes the plan differ: overrides, swaps, leave."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from oncall.models.kinds import WAITING_SWAPS, Change, DutyRole, SwapState
from oncall.models.rotas import Rota
from oncall.rota import Span
from portal.accounts.models import User

# Nobody is relieved for less.
SHORTEST = timedelta(minutes=15)


class Override(models.Model):
    """An exception for a while, made by who may change the rota; it beats layers and swaps."""

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="overrides")
    role = models.CharField(max_length=9, choices=DutyRole, default=DutyRole.PRIMARY)
    kind = models.CharField(max_length=7, choices=Change)
    comes = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    goes = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    cancelled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="oncall_override_order"
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=[Change.ADD, Change.COVER], comes__isnull=False, goes=None)
                    | Q(kind=Change.REMOVE, comes=None, goes__isnull=False)
                    | (
                        Q(kind=Change.REPLACE, comes__isnull=False, goes__isnull=False)
                        & ~Q(comes=F("goes"))
                    )
                ),
                name="oncall_override_people",
            ),
        ]
        indexes = [
            models.Index(
                fields=["rota", "ends_at"],
                condition=Q(cancelled_at=None),
                name="oncall_override_live",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.rota_id}, {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def change(self) -> Change:
        """The kind with its words."""
        return Change(self.kind)

    @property
    def duty(self) -> DutyRole:
        """The role with its words."""
        return DutyRole(self.role)


class Swap(models.Model):
    """That somebody asks to be relieved, for all or a part of a shift.

    `asked` is whom they ask; None asks everybody of the team. With `back_*` the giver takes hours
    of the taker in return. `taker` is who takes it. An offer goes the other way: `asked` offers to
    take the hours, and the giver answers. `part_of` is what was asked before a part was taken.
    """

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="swaps")
    role = models.CharField(max_length=9, choices=DutyRole, default=DutyRole.PRIMARY)
    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="swaps_given")
    asked = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="swaps_asked"
    )
    taker = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="swaps_taken"
    )
    is_offer = models.BooleanField(default=False)
    part_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    back_starts_at = models.DateTimeField(null=True, blank=True)
    back_ends_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=SwapState, default=SwapState.OPEN)
    reason = models.TextField(blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["decided_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("starts_at") + SHORTEST), name="oncall_swap_order"
            ),
            models.CheckConstraint(
                condition=Q(is_offer=False) | Q(asked__isnull=False), name="oncall_swap_offer"
            ),
            models.CheckConstraint(
                condition=Q(back_starts_at=None, back_ends_at=None)
                | Q(back_starts_at__lt=F("back_ends_at"), asked__isnull=False),
                name="oncall_swap_back",
            ),
            models.CheckConstraint(
                condition=Q(asked=None) | ~Q(asked=F("giver")), name="oncall_swap_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[SwapState.AGREED, SwapState.DONE])
                | (Q(taker__isnull=False) & ~Q(taker=F("giver"))),
                name="oncall_swap_taken",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=WAITING_SWAPS),
                name="oncall_swap_waiting",
            ),
            models.Index(
                fields=["rota", "ends_at"],
                condition=Q(state=SwapState.DONE),
                name="oncall_swap_done",
            ),
            models.Index(fields=["rota", "requested_at"], name="oncall_swap_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.giver_id} in {self.rota_id}, {self.starts_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        """Return the address of the swap's page."""
        return reverse("swap", args=[self.pk])

    @property
    def span(self) -> Span:
        """The hours that are to be taken."""
        return Span(self.starts_at, self.ends_at)

    @property
    def back(self) -> Span | None:
        """The hours that the giver takes in return."""
        if self.back_starts_at is None or self.back_ends_at is None:
            return None
        return Span(self.back_starts_at, self.back_ends_at)

    @property
    def answers(self) -> User | None:
        """Whose word is waited for first; None is anybody of the team."""
        return self.giver if self.is_offer else self.asked

    @property
    def status(self) -> SwapState:
        """The state as the status component shows it."""
        return SwapState(self.state)

    @property
    def duty(self) -> DutyRole:
        """The role with its words."""
        return DutyRole(self.role)


class Leave(models.Model):
    """That a person is away and on call in no rota."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="leave")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    # Where it comes from: empty for the pages, else a label such as `calendar:holidays.ics`.
    source = models.CharField(max_length=120, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="oncall_leave_order"
            )
        ]
        indexes = [
            models.Index(
                fields=["person", "ends_at"],
                condition=Q(cancelled_at=None),
                name="oncall_leave_live",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id}, {self.starts_at:%Y-%m-%d %H:%M}"
