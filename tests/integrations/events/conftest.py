"""A pipeline that sends events to the door."""

import pytest
import time_machine

from portal.api.types import Scope
from tests.api.tokens import bearer, pipeline_token
from tests.integrations.events.sending import Sender


@pytest.fixture
def at_noon(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def pipeline(world, now, at_noon):
    """Return the pipeline of `checkout` as a sender."""
    issued = pipeline_token(world.checkout, by=world.bob, now=now, scopes=[Scope.EVENTS_WRITE])
    return Sender(bearer(issued))
