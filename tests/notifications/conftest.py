"""Servers that take what the portal sends, and a clock that tests move."""

import time
from datetime import timedelta

import pytest

from portal.notifications.services import delivering
from tests.notifications.servers import mail_server, receiver

__all__ = ["mail_server", "receiver"]


class MovableClock:
    """A clock that stands still until it is told how much later it is."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def later(self, **span):
        self.now += timedelta(**span)


@pytest.fixture
def clock(now):
    return MovableClock(now)


@pytest.fixture
def deliver(clock):
    """Return a function that lets some time pass, and a worker send all that is due then."""

    def deliver(**span):
        clock.later(**span)
        return delivering.deliver(clock=clock, until=time.monotonic() + 60)

    return deliver
