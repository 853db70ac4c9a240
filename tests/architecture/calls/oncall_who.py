"""Calls of the services of who is on call."""

from typing import Any

from oncall.services.feeds import create_feed
from tests.conftest import NOW


def places(world: Any) -> dict[str, Any]:
    """Return what stands for the converters of the routes of who is on call."""
    issued = create_feed(target=world.bob, actor=world.bob, now=NOW)
    return {
        "badge/<slug:slug>": "checkout",
        "feeds/<int:pk>": issued.feed.pk,
        "feeds/<str:token>": issued.secret,
        "<str:token>/<slug:slug>": "checkout",
    }


CALLS = {
    "oncall.services.feeds.create_feed": lambda world: {
        "target": world.acquiring,
        "actor": world.bob,
    },
    "oncall.services.feeds.revoke_feed": lambda world: {
        "feed": create_feed(target=world.bob, actor=world.bob, now=NOW).feed,
        "actor": world.bob,
    },
}
