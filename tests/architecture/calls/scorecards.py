"""Calls of the services of the scorecards."""

from datetime import UTC, date, datetime, timedelta

from portal.scorecards.models import ExemptionState, Initiative, InitiativeState
from tests.scorecards.scene import TEXT, exemption, failing, scorecard

SERVICES = "portal.scorecards.services"
EARLIER = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)


def initiative(world, state=InitiativeState.DRAFT, of=None, **values):
    return Initiative.objects.create(
        title="Silver by summer",
        why="Nights are short.",
        scorecard=of or scorecard(),
        level=2,
        owner=world.alice,
        starts_on=date(2026, 3, 1),
        due_on=date(2026, 6, 1),
        state=state,
        state_since=EARLIER,
        **values,
    )


def asked(world, **values):
    return exemption(world, asked_by=world.bob, **values)


CALLS = {
    f"{SERVICES}.definitions.install_definition": lambda _world: {"text": TEXT, "position": 1},
    f"{SERVICES}.definitions.create_scorecard": lambda world: {
        "text": TEXT,
        "reason": "We need one.",
        "actor": world.olive,
    },
    f"{SERVICES}.definitions.change_scorecard": lambda world: {
        "scorecard": scorecard(),
        "text": TEXT.replace("title: Readiness", "title: Ready"),
        "reason": "Shorter.",
        "seen": 1,
        "actor": world.olive,
    },
    f"{SERVICES}.definitions.reset_scorecard": lambda world: {
        "scorecard": scorecard(edited=TEXT.replace("title: Readiness", "title: Ready")),
        "reason": "As it was.",
        "actor": world.olive,
    },
    f"{SERVICES}.exemptions.ask_exemption": lambda world: {
        "application": world.checkout,
        "scorecard": failing(world),
        "rule": "runbook",
        "reason": "It is being written.",
        "days": 30,
        "actor": world.bob,
    },
    f"{SERVICES}.exemptions.approve_exemption": lambda world: {
        "exemption": asked(world),
        "actor": world.alice,
    },
    f"{SERVICES}.exemptions.reject_exemption": lambda world: {
        "exemption": asked(world),
        "answer": "Write it.",
        "actor": world.olive,
    },
    f"{SERVICES}.exemptions.revoke_exemption": lambda world: {
        "exemption": asked(
            world,
            state=ExemptionState.APPROVED,
            decided_by=world.alice,
            decided_at=EARLIER,
        ),
        "answer": "It is written.",
        "actor": world.alice,
    },
    f"{SERVICES}.exemptions.expire_exemptions": lambda world: (
        asked(world, expires_at=EARLIER, asked_at=EARLIER - timedelta(days=1)) and {}
    ),
    f"{SERVICES}.initiatives.create_initiative": lambda world: {
        "title": "Silver by summer",
        "why": "Nights are short.",
        "scorecard": scorecard(),
        "level": 2,
        "owner": world.alice,
        "starts_on": date(2026, 3, 1),
        "due_on": date(2026, 6, 1),
        "actor": world.olive,
    },
    f"{SERVICES}.initiatives.change_initiative": lambda world: {
        "initiative": initiative(world),
        "due_on": date(2026, 7, 1),
        "actor": world.alice,
    },
    f"{SERVICES}.initiatives.announce_initiative": lambda world: {
        "initiative": initiative(world),
        "actor": world.alice,
    },
    f"{SERVICES}.initiatives.cancel_initiative": lambda world: {
        "initiative": initiative(world, InitiativeState.IN_PROGRESS),
        "actor": world.olive,
    },
    f"{SERVICES}.initiatives.advance_initiatives": lambda world: (
        initiative(world, InitiativeState.SCHEDULED) and {}
    ),
    f"{SERVICES}.exports.record_export": lambda world: {
        "scorecard": scorecard(),
        "rows": 2,
        "filters": "level=2",
        "actor": world.audrey,
    },
}
