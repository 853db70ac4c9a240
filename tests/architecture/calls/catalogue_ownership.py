"""Calls of the services of the catalogue that tell who owns what, and how long it lives."""

from datetime import timedelta

from portal.catalogue.models import (
    Application,
    Attestation,
    DependencyKind,
    Lifecycle,
    TransferRequest,
    TransferSide,
)
from tests.conftest import NOW
from tests.factories import ApplicationFactory, DependencyFactory, SystemFactory

SERVICES = "portal.catalogue.services"


def offer(world, **changes):
    """Return a waiting offer of checkout to Lending by Bob."""
    return TransferRequest.objects.create(
        **{
            "application": world.checkout,
            "from_team": world.acquiring,
            "to_team": world.lending,
            "side": TransferSide.OFFER,
            "reason": "It is about loans.",
            "requested_by": world.bob,
            "requested_at": NOW - timedelta(days=1),
            "expires_at": NOW + timedelta(days=13),
        }
        | changes
    )


def overdue(world):
    Application.objects.filter(pk=world.checkout.pk).update(attested_at=NOW - timedelta(days=170))
    return {"application": world.checkout, "step": Attestation.DUE_SOON}


def retired_environment(world):
    world.production.retired_at = NOW
    world.production.save()
    return {"environment": world.production, "actor": world.bob}


CALLS = {
    f"{SERVICES}.ownership.claim_application": lambda world: {
        "application": ApplicationFactory.create(owner=None),
        "team": world.acquiring,
        "actor": world.bob,
    },
    f"{SERVICES}.ownership.release_application": lambda world: {
        "application": world.checkout,
        "reason": "Nobody here knows it.",
        "actor": world.bob,
    },
    f"{SERVICES}.ownership.request_transfer": lambda world: {
        "application": world.checkout,
        "to_team": world.lending,
        "side": TransferSide.OFFER,
        "reason": "It is about loans.",
        "actor": world.bob,
    },
    f"{SERVICES}.ownership.accept_transfer": lambda world: {
        "request": offer(world),
        "actor": world.charlie,
    },
    f"{SERVICES}.ownership.decline_transfer": lambda world: {
        "request": offer(world),
        "reason": "We are too few.",
        "actor": world.charlie,
    },
    f"{SERVICES}.ownership.withdraw_transfer": lambda world: {
        "request": offer(world),
        "actor": world.alice,
    },
    f"{SERVICES}.ownership.expire_transfer": lambda world: {
        "request": offer(world, expires_at=NOW)
    },
    f"{SERVICES}.attestation.attest_application": lambda world: {
        "application": world.checkout,
        "actor": world.bob,
    },
    f"{SERVICES}.attestation.escalate_attestation": overdue,
    f"{SERVICES}.retirement.retire_application": lambda world: {
        "application": world.checkout,
        "reason": "Replaced.",
        "actor": world.bob,
    },
    f"{SERVICES}.retirement.revive_application": lambda world: {
        "application": ApplicationFactory.create(
            owner=world.acquiring, lifecycle=Lifecycle.RETIRED
        ),
        "lifecycle": Lifecycle.PRODUCTION,
        "reason": "Still needed.",
        "actor": world.bob,
    },
    f"{SERVICES}.dependencies.add_dependency": lambda world: {
        "application": world.checkout,
        "needed": world.loans,
        "kind": DependencyKind.SOFT,
        "actor": world.bob,
    },
    f"{SERVICES}.dependencies.change_dependency": lambda world: {
        "dependency": DependencyFactory.create(
            from_application=world.checkout, to_application=world.loans
        ),
        "kind": DependencyKind.SOFT,
        "actor": world.bob,
    },
    f"{SERVICES}.dependencies.remove_dependency": lambda world: {
        "dependency": DependencyFactory.create(
            from_application=world.checkout, to_application=world.loans
        ),
        "actor": world.bob,
    },
    f"{SERVICES}.systems.create_system": lambda world: {
        "name": "Card payments",
        "owner": world.acquiring,
        "actor": world.bob,
    },
    f"{SERVICES}.systems.change_system": lambda world: {
        "system": SystemFactory.create(owner=world.acquiring),
        "description": "Takes card payments.",
        "actor": world.bob,
    },
    f"{SERVICES}.environments.retire_environment": lambda world: {
        "environment": world.production,
        "actor": world.bob,
    },
    f"{SERVICES}.environments.revive_environment": retired_environment,
}
