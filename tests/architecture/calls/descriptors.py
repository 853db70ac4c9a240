"""Calls of the services of the descriptors."""

from datetime import UTC, datetime

from portal.descriptors.models import (
    Description,
    DescriptorSync,
    Mode,
    RunState,
    SyncRun,
)
from portal.integrations.models import MOST_ATTEMPTS

SERVICES = "portal.descriptors.services"
EARLIER = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
SOURCE = "/srv/git/company.git"


def sync(world, **values):
    return DescriptorSync.objects.create(
        slug="company", name="Company", source=SOURCE, set_up_by=world.bob, set_up_at=EARLIER, **values
    )  # fmt: skip


def run(world, **values):
    return SyncRun.objects.create(
        sync=sync(world), requested_by=world.bob.label, requested_at=EARLIER, **values
    )


def description(world, state="DESCRIBED"):
    return Description.objects.create(
        sync=sync(world), noun="application", slug="checkout", state=state, described_at=EARLIER
    )


def interrupted(world):
    """The third worker has gone, so that the run is given up."""
    run(world, state=RunState.RUNNING, attempts=MOST_ATTEMPTS, leased_until=EARLIER)
    return {}


CALLS = {
    f"{SERVICES}.exports.record_export": lambda world: {
        "of": "catalogue:descriptors",
        "entities": 3,
        "actor": world.bob.label,
    },
    f"{SERVICES}.syncs.request_run": lambda world: {"sync": sync(world), "actor": world.bob},
    f"{SERVICES}.syncs.approve_run": lambda world: {
        "run": run(world, state=RunState.TO_REVIEW, fingerprint="f" * 64),
        "actor": world.bob,
    },
    f"{SERVICES}.syncs.release_description": lambda world: {
        "description": description(world),
        "actor": world.bob,
    },
    f"{SERVICES}.syncs.return_description": lambda world: {
        "description": description(world, "RELEASED"),
        "actor": world.bob,
    },
    f"{SERVICES}.sync_runs.fail_run": lambda world: {
        "run": run(world, state=RunState.RUNNING, attempts=1),
        "problem": "The disk of the server is full.",
    },
    f"{SERVICES}.sync_runs.resume_syncs": interrupted,
    f"{SERVICES}.syncs.set_up_sync": lambda world: {
        "name": "Company",
        "source": SOURCE,
        "branch": "",
        "pattern": "*",
        "mode": Mode.APPLY,
        "interval_minutes": 15,
        "actor": world.bob,
    },
    f"{SERVICES}.syncs.change_sync": lambda world: {
        "sync": sync(world),
        "actor": world.bob,
        "interval_minutes": 30,
    },
}
