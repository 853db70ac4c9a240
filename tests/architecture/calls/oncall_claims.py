"""Calls of the services of claims, readiness and ownership."""

from datetime import timedelta

from oncall.models import EvidenceKind, ReadinessException
from oncall.plans.claims import Side, Stage
from tests.conftest import NOW
from tests.oncall.claims.scene import claim_at, ready
from tests.oncall.scene import rota

SERVICES = "oncall.services"
LATER = NOW - timedelta(days=60)


def asked(world):
    return ReadinessException.objects.create(
        claim=claim_at(world, Stage.PREPARING),
        item="people",
        reason="Two more join in May.",
        asked_by=world.bob,
        asked_at=NOW,
        expires_at=NOW + timedelta(days=30),
    )


def unready(world):
    claim_at(world, Stage.OWNED)
    return {}


CALLS = {
    f"{SERVICES}.claims.show_interest": lambda world: {
        "application": world.checkout,
        "actor": world.bob,
        "note": "We know it best.",
    },
    f"{SERVICES}.claims.choose_rota": lambda world: {
        "claim": claim_at(world, Stage.INTERESTED),
        "rota": rota(world),
        "actor": world.alice,
    },
    f"{SERVICES}.claims.start_shadowing": lambda world: {
        "claim": claim_at(world, Stage.PREPARING),
        "actor": world.alice,
    },
    f"{SERVICES}.claims.give_word": lambda world: {
        "claim": claim_at(world, Stage.SHADOWING, rota=ready(world), now=LATER),
        "side": Side.TAKER,
        "actor": world.alice,
        "note": "We are ready.",
    },
    f"{SERVICES}.claims.withdraw_claim": lambda world: {
        "claim": claim_at(world, Stage.PREPARING),
        "reason": "Not this year.",
        "actor": world.alice,
    },
    f"{SERVICES}.claims.ask_back": lambda world: {
        "claim": claim_at(world, Stage.OWNED),
        "side": Side.TAKER,
        "reason": "Three of us left.",
        "actor": world.alice,
    },
    f"{SERVICES}.claims.stay": lambda world: {
        "claim": claim_at(world, Stage.HANDING_BACK),
        "actor": world.alice,
    },
    f"{SERVICES}.readiness.tell_evidence": lambda world: {
        "application": world.checkout,
        "kind": EvidenceKind.ALERTS_TESTED,
        "done_on": NOW.date(),
        "note": "All of them rang.",
        "actor": world.bob,
    },
    f"{SERVICES}.readiness.ask_exception": lambda world: {
        "claim": claim_at(world, Stage.PREPARING),
        "item": "people",
        "reason": "Two more join in May.",
        "days": 30,
        "actor": world.bob,
    },
    f"{SERVICES}.readiness.approve_exception": lambda world: {
        "exception": asked(world),
        "actor": world.olive,
    },
    f"{SERVICES}.readiness.end_exception": lambda world: {
        "exception": asked(world),
        "actor": world.bob,
    },
    f"{SERVICES}.readiness.check_claims": unready,
    f"{SERVICES}.ownership.record_scoreboard_export": lambda world: {
        "rows": 3,
        "filters": "tier=1",
        "actor": world.eve,
    },
}
