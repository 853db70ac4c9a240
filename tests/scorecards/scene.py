"""A small scorecard on the shared world, and applications that stand in different ways."""

from datetime import UTC, datetime, timedelta

from portal.scorecards.models import Exemption, RuleResult, Scorecard, Version

EARLIER = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
TEXT = """\
scorecard: readiness
title: Readiness
why: Nights are short.
levels: [bronze, silver]
rules:
  - id: owner
    level: bronze
    why: Somebody answers.
    check: has_owner
  - id: runbook
    level: silver
    why: Steps that are written down are right at night too.
    check: has_runbook
    fails: Write it.
  - id: deployed
    level: silver
    why: What rusts cannot be mended.
    check: deployed_within
    with: {days: 30}
"""


def scorecard(text=TEXT, edited=""):
    """Return the scorecard with its shipped version, and one that somebody wrote."""
    found = Scorecard.objects.create(slug="readiness", title="Readiness")
    found.shipped = found.current = add_version(found, 1, text, is_shipped=True)
    if edited:
        found.current = add_version(found, 2, edited)
    found.save()
    return found


def add_version(scorecard, number, text, **values):
    return Version.objects.create(
        scorecard=scorecard,
        number=number,
        text=text,
        written_by="user:olive@example.com",
        written_at=EARLIER,
        reason="To begin with.",
        **values,
    )


def failing(world, rule="runbook", state="FAIL"):
    """Return the scorecard with one result of Checkout."""
    found = scorecard()
    RuleResult.objects.create(
        scorecard=found,
        application=world.checkout,
        rule=rule,
        state=state,
        evidence={"words": "Runbook: none", "wanted": "the address of a runbook"},
        since=EARLIER,
    )
    return found


def exemption(world, scorecard=None, **values):
    """Return a request for Checkout that waits."""
    return Exemption.objects.create(
        scorecard=scorecard or failing(world),
        application=world.checkout,
        rule="runbook",
        **{
            "reason": "It is being written.",
            "asked_by": world.bob,
            "asked_at": EARLIER,
            "expires_at": EARLIER + timedelta(days=30),
        }
        | values,
    )
