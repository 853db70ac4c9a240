"""Calendars of bank holidays: shipped, then the company's own."""

from django.db import models

from portal.catalogue.models.validators import validate_slug


class HolidayCalendar(models.Model):
    """The bank holidays of a country or of a part of it, such as England."""

    slug = models.CharField(max_length=20, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=80)
    # Where its days come from: an ISO 3166 country and subdivision of the shipped list, or nothing.
    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The stable label of this calendar in the audit trail."""
        return f"holiday-calendar:{self.slug}"


class Holiday(models.Model):
    """A bank holiday: a whole local day out of hours.

    A day that falls on a weekend and is observed on another is in the calendar on both, and only
    the observed one is paid as a holiday. What somebody removed stays, struck out, so that the
    shipped list does not bring it back.
    """

    calendar = models.ForeignKey(HolidayCalendar, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    name = models.CharField(max_length=120)
    is_observed_elsewhere = models.BooleanField(default=False)
    is_struck = models.BooleanField(default=False)
    is_shipped = models.BooleanField(default=False)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "day"], name="oncall_holiday_once")
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.day}"
