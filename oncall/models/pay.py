"""What on-call is paid by, and the reports of months, frozen once they are approved."""

from typing import Any

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.accounts.models import User
from portal.catalogue.models import Team


class ReportState(models.TextChoices):
    """How far the pay report of a month came."""

    DRAFT = "DRAFT", "Draft"
    CHECKED = "CHECKED", "Waits for a second person"
    APPROVED = "APPROVED", "Approved"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"CHECKED": "info", "APPROVED": "good"}.get(self.value, "unknown")


class PayScheme(models.Model):
    """Rates of a team and of what is below it, or of the company, from a day on.

    Each change is a row of its own: of those that are valid at the start of a month, the latest
    of the nearest team counts.
    """

    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="pay_schemes"
    )
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    currency = models.CharField(
        max_length=3, validators=[RegexValidator(r"^[A-Z]{3}\Z", "Use a code such as GBP.")]
    )
    valid_from = models.DateField()
    rules = models.JSONField()
    reason = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-valid_from", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "number"], nulls_distinct=False, name="oncall_scheme_number"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The stable label of this scheme in the audit trail."""
        return f"pay-scheme:{self.team.slug if self.team else 'company'}"


class PayGrade(models.Model):
    """What a day of a grade is worth, from a day on."""

    name = models.CharField(max_length=60)
    day_rate = models.DecimalField(
        max_digits=10, decimal_places=2, validators=[MinValueValidator(0)]
    )
    valid_from = models.DateField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["name", "valid_from"], name="oncall_grade_once"),
            models.CheckConstraint(condition=Q(day_rate__gte=0), name="oncall_grade_rate"),
        ]

    def __str__(self) -> str:
        return self.name


class PersonGrade(models.Model):
    """That a person is of a grade, by its name, from a day on; an empty name takes it back."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="pay_grades")
    grade = models.CharField(max_length=60, blank=True)
    valid_from = models.DateField()
    chosen_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        ordering = ["-valid_from", "-id"]
        indexes = [models.Index(fields=["person", "-valid_from"], name="oncall_person_grade")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.grade}"


class PayReport(models.Model):
    """The on-call pay of a team for a month: who approved which lines.

    `lines` are what was approved, or what the first of two people checked. The database lets
    nobody change an approved one.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="pay_reports")
    month = models.DateField()
    state = models.CharField(max_length=8, choices=ReportState, default=ReportState.DRAFT)
    scheme = models.ForeignKey(
        PayScheme, on_delete=models.PROTECT, null=True, blank=True, related_name="reports"
    )
    lines = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True)
    checked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["team", "month"], name="oncall_report_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="oncall_report_first_of_month"),
            models.CheckConstraint(
                condition=~Q(state=ReportState.APPROVED)
                | (Q(approved_at__isnull=False, approved_by__isnull=False) & ~Q(digest="")),
                name="oncall_report_approved",
            ),
            models.CheckConstraint(
                condition=Q(checked_by=None) | ~Q(checked_by=models.F("approved_by")),
                name="oncall_report_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team}, {self.month:%B %Y}"

    def get_absolute_url(self) -> str:
        """Return the address of the report's page."""
        return reverse("pay-report", args=[self.team.slug, f"{self.month:%Y-%m}"])

    @property
    def label(self) -> str:
        """The stable label of this report in the audit trail."""
        return f"pay-report:{self.team.slug}:{self.month:%Y-%m}"

    @property
    def status(self) -> ReportState:
        """The state as the status component shows it."""
        return ReportState(self.state)

    @property
    def is_approved(self) -> bool:
        """Whether its lines are frozen."""
        return self.state == ReportState.APPROVED

    def lines_of(self, person: int) -> list[dict[str, Any]]:
        """Return the frozen lines of a person."""
        return [line for line in self.lines if line["person"] == person]
