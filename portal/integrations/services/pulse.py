"""The heartbeat of something that runs long: its lease and its progress, apart from what it writes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Event, Thread
from types import TracebackType
from typing import Self

import structlog
from django.db import DatabaseError, connection

from portal.integrations.models import LEASE, LeasedWork

logger = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

BEAT_SECONDS = 1.0

# Where on the way from 0 to 100 each step lies; a step that is not listed changes nothing.
STEPS: Mapping[str, tuple[int, int]] = {
    "Asking the repository for its tags": (1, 5),
    "Receiving objects": (5, 40),
    "Unpacking objects": (5, 40),
    "Resolving deltas": (40, 50),
    "Reading commits": (50, 65),
    "Working out what each deployment brought": (65, 70),
    "Writing deployments and changes": (70, 99),
}


class StoppedError(Exception):
    """It was cancelled, or another worker has taken it over."""


class Pulse:
    """Keeps the lease of a job and tells its progress, from a thread and connection of its own.

    So progress is seen while the facts' transaction is open, and a worker that is busy for long
    is not taken for dead.
    """

    def __init__(
        self,
        job: LeasedWork,
        clock: Clock,
        *,
        tell: Callable[[str], None] = lambda _phase: None,
        steps: Mapping[str, tuple[int, int]] = STEPS,
    ) -> None:
        self._job = job
        self._steps = steps
        self._clock = clock
        self._tell = tell
        self._phase, self._percent = job.phase, job.percent
        self._stop, self._lost = Event(), Event()
        self._thread = Thread(target=self._beat, name=f"pulse-{job.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def step(self, phase: str, percent: int = 0) -> None:
        """Tell what is happening and how much of it is done.

        Raises:
            StoppedError: when the job is no longer ours.
        """
        if self._lost.is_set():
            raise StoppedError
        if phase in self._steps:
            start, end = self._steps[phase]
            if phase != self._phase:
                self._tell(phase)
            self._phase, self._percent = phase, start + (end - start) * percent // 100

    def _beat(self) -> None:
        try:
            while not self._stop.wait(BEAT_SECONDS) and not self._lost.is_set():
                self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            held = self._job.renew(
                until=self._clock() + LEASE, phase=self._phase, percent=self._percent
            )
        except DatabaseError as error:
            # The lease may run out meanwhile: then whoever takes over also decides the end.
            logger.warning("lease_not_renewed", job=self._job.pk, error=str(error))
            connection.close()
        else:
            if not held:
                self._lost.set()
