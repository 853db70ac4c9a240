"""Limits of rest and load that a company sets, and the opt-out that a person signs."""

from datetime import datetime

from django.db import IntegrityError, transaction

from oncall import policies
from oncall.models import OptOut, RulePolicy, RuleSeverity
from oncall.rules import BY_KEY
from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError, can_write
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.core.changes import describe_changes


class RuleError(ValueError):
    """It cannot be set like that; the message says why."""


@transaction.atomic
def change_rule(
    *,
    key: str,
    threshold: float | None,
    severity: RuleSeverity,
    reason: str,
    actor: User,
    now: datetime,
) -> RulePolicy:
    """Set where a rule begins to be broken and what follows, for the whole company.

    Raises:
        NotAllowedError: when the actor does not run the portal.
        RuleError: when there is no such rule, no reason, the threshold does not fit it, or
            nothing differs.
    """
    policies.require(actor, policies.CHANGE_RULES)
    rule = BY_KEY.get(key)
    if rule is None:
        raise RuleError(f"There is no rule “{key}”.")
    if not reason.strip():
        raise RuleError("Say why: people are held to it, and auditors read it.")
    if (threshold is None) != (rule.shipped.threshold is None):
        raise RuleError("This rule has no number." if threshold else "Give the number.")
    lowest, highest = rule.bounds
    if threshold is not None and not lowest <= threshold <= highest:
        raise RuleError(f"Choose from {lowest:g} to {highest:g} {rule.unit}.")
    policy, _ = RulePolicy.objects.select_for_update().get_or_create(
        key=key,
        defaults={
            "threshold": rule.shipped.threshold,
            "severity": rule.shipped.severity.value,
            "changed_by": actor,
            "changed_at": now,
        },
    )
    before = _facts(policy)
    policy.threshold, policy.severity = threshold, severity
    changes = describe_changes(before, _facts(policy))
    if not changes:
        raise RuleError("That is how it is already.")
    policy.reason, policy.changed_by, policy.changed_at = reason.strip(), actor, now
    policy.save()
    audit.record(
        AuditEvent.RULE_CHANGED,
        actor=actor.label,
        subject=rule.label,
        now=now,
        data={"changes": changes},
        texts={"reason": policy.reason},
    )
    return policy


@transaction.atomic
def sign_opt_out(*, actor: User, now: datetime) -> OptOut:
    """Note that the actor has agreed to work more than 48 hours a week; nobody does it for another.

    Raises:
        NotAllowedError: when the actor's role changes nothing.
        RuleError: when they have signed already.
    """
    _require_work(actor)
    try:
        with transaction.atomic():
            found = OptOut.objects.create(person=actor, signed_at=now)
    except IntegrityError as error:
        raise RuleError("You have signed already.") from error
    audit.record(AuditEvent.OPT_OUT_SIGNED, actor=actor.label, subject=actor.label, now=now)
    return found


@transaction.atomic
def withdraw_opt_out(*, actor: User, now: datetime) -> None:
    """Take the opt-out back.

    Raises:
        NotAllowedError: when the actor's role changes nothing.
        RuleError: when they have signed none.
    """
    _require_work(actor)
    gone, _ = OptOut.objects.filter(person=actor).delete()
    if not gone:
        raise RuleError("You have signed none.")
    audit.record(AuditEvent.OPT_OUT_WITHDRAWN, actor=actor.label, subject=actor.label, now=now)


def _require_work(actor: User) -> None:
    if not can_write(actor):
        raise NotAllowedError("Nobody of your role is on call, so there is nothing to opt out of.")


def _facts(policy: RulePolicy) -> dict[str, object]:
    return {
        "limit": None if policy.threshold is None else f"{policy.threshold:g}",
        "what follows": RuleSeverity(policy.severity).label.lower(),
    }
