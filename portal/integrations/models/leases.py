"""Work that one worker at a time holds, and that another takes over when it is heard of no more."""

from datetime import datetime, timedelta
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import F, Q

# A worker that has not been heard of for so long is taken for dead, and so often at most.
LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 3
QUEUED, RUNNING = "QUEUED", "RUNNING"
ACTIVE = (QUEUED, RUNNING)

Work = TypeVar("Work", bound="LeasedWork")


class LeasedQuerySet(models.QuerySet[Work]):
    """Work, and who holds it; what is taken comes with what stands `beside` it."""

    beside: ClassVar[tuple[str, ...]] = ()

    def waiting(self, now: datetime) -> Self:
        """Return what nobody works on: what is new, and that whose worker is gone."""
        return self.filter(Q(state=QUEUED) | Q(state=RUNNING, leased_until__lt=now))

    def claim(self, pk: int, *, now: datetime) -> Work | None:
        """Take what waits and was not tried too often, or return None: one worker wins."""
        taken = (
            self.waiting(now)
            .filter(pk=pk, attempts__lt=MOST_ATTEMPTS)
            .update(
                state=RUNNING,
                attempts=F("attempts") + 1,
                started_at=now,
                leased_until=now + LEASE,
                phase="Starting",
                percent=0,
            )
        )
        return self.select_related(*self.beside).get(pk=pk) if taken else None

    def held(self, work: Work) -> Self:
        """Return the work as long as it is this very attempt that does it."""
        return self.filter(pk=work.pk, state=RUNNING, attempts=work.attempts)


class LeasedWork(models.Model):
    """What was asked for, how far it is and how it ended.

    A worker holds it until `leased_until`; when that passes without an end, another takes over.
    Each kind of work has states of its own beside those two in which it is not over.
    """

    state = models.CharField(max_length=9, default=QUEUED)
    requested_by = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # What is happening in words, and how much of it is done in percent.
    phase = models.CharField(max_length=120, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)

    class Meta:
        abstract = True

    @property
    def requester(self) -> str:
        """Who asked for it, in words."""
        return self.requested_by.partition(":")[2]

    @property
    def took(self) -> timedelta | None:
        """How long the last attempt took, once it is over."""
        return self.finished_at - self.started_at if self.finished_at and self.started_at else None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state not in ACTIVE

    def renew(self, *, until: datetime, phase: str, percent: int) -> bool:
        """Keep the lease and tell the progress; return whether this attempt still holds it."""
        told = {"leased_until": until, "phase": phase, "percent": percent}
        all_work: LeasedQuerySet[LeasedWork] = LeasedQuerySet(type(self))
        return bool(all_work.held(self).update(**told))
