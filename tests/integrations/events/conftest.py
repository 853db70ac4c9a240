"""A pipeline that sends events to the door."""

import pytest

from portal.api.types import Scope
from tests.api.tokens import bearer, pipeline_token
from tests.integrations.events.sending import Sender


@pytest.fixture
def at_noon(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def pipeline(world, now, at_noon):
    """Return the pipeline of `checkout` as a sender."""
    issued = pipeline_token(world.checkout, by=world.bob, now=now, scopes=[Scope.EVENTS_WRITE])
    return Sender(bearer(issued))
