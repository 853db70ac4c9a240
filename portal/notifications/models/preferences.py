"""What somebody wants to be told, how, and when not."""

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from portal.accounts.models import User
from portal.notifications.models.ways import ContactWay
from portal.notifications.rules import QuietWindow

DIGEST_HOUR = 8
LAST_HOUR = 23
WORKWEEK = [1, 2, 3, 4, 5]


class Manner(models.TextChoices):
    """How somebody wants a kind of notice."""

    AT_ONCE = "AT_ONCE", "At once"
    DIGEST = "DIGEST", "In the daily digest"
    INBOX = "INBOX", "In the inbox only"


class Preferences(models.Model):
    """What somebody set for all notices; whoever has no row has the defaults."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="notification_preferences"
    )
    digest_hour = models.PositiveSmallIntegerField(
        default=DIGEST_HOUR, validators=[MaxValueValidator(LAST_HOUR)]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(digest_hour__lte=LAST_HOUR), name="notifications_digest_hour"
            )
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"


class QuietHours(models.Model):
    """Hours of some weekdays in which somebody is not disturbed, in their own zone.

    An end that is not after the beginning is on the next day.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="quiet_hours")
    begins = models.TimeField()
    ends = models.TimeField()
    # ISO weekdays on which it begins.
    days = ArrayField(models.PositiveSmallIntegerField())

    class Meta:
        ordering = ["begins", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(begins=F("ends")), name="notifications_quiet_some"
            ),
            models.CheckConstraint(
                condition=Q(days__len__gte=1, days__contained_by=[1, 2, 3, 4, 5, 6, 7]),
                name="notifications_quiet_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.begins:%H:%M} to {self.ends:%H:%M}"

    @property
    def window(self) -> QuietWindow:
        """As the arithmetic takes it."""
        return QuietWindow(self.begins, self.ends, frozenset(self.days))

    @property
    def is_over_midnight(self) -> bool:
        """Whether it ends on the day after it begins."""
        begins: time = self.begins
        return self.ends <= begins


class KindPreference(models.Model):
    """How somebody wants one kind of notice, where that differs from the default.

    Without `ways` a notice goes by the first way that is verified, and by the next when that
    fails; with some it goes by each of them.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="kind_preferences")
    kind = models.CharField(max_length=60)
    manner = models.CharField(max_length=8, choices=Manner, default=Manner.AT_ONCE)
    ways = models.ManyToManyField(ContactWay, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], name="notifications_kindpreference_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.manner}"
