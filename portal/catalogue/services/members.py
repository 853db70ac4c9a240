"""Who is in a team, and as what."""

from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue import policies
from portal.catalogue.models import Membership, Team, TeamRole
from portal.catalogue.services.teams import locked_team


class AlreadyMemberError(ValueError):
    """The person is in the team already."""


class InactivePersonError(ValueError):
    """The person's account is closed."""


class NotMemberError(ValueError):
    """The person is not in the team any more."""


class LastLeadError(ValueError):
    """The team would be left without a lead."""


@transaction.atomic
def add_member(
    *, team: Team, person: User, role: TeamRole, actor: User, now: datetime
) -> Membership:
    """Put a person into a team.

    Raises:
        NotAllowedError: when the actor may not change the team.
        InactivePersonError: when the person's account is closed.
        AlreadyMemberError: when the person is in the team already.
    """
    team = locked_team(team)
    policies.require(actor, policies.CHANGE_TEAM, team)
    if not person.is_active:
        raise InactivePersonError(f"The account of {person} is closed.")
    if team.memberships.filter(user=person).exists():
        raise AlreadyMemberError(f"{person} is in {team} already.")
    membership = Membership.objects.create(team=team, user=person, role=role)
    audit.record(
        AuditEvent.MEMBER_ADDED,
        actor=actor.label,
        subject=team.label,
        now=now,
        data={"person": person.label, "role": role.label.lower()},
    )
    return membership


@transaction.atomic
def change_member(
    *, team: Team, person: User, role: TeamRole, actor: User, now: datetime
) -> Membership:
    """Make a member lead, or a lead member; nothing happens if they are that already.

    Raises:
        NotAllowedError: when the actor may not change the team.
        NotMemberError: when the person is not in the team.
        LastLeadError: when the team would be left without a lead.
    """
    team = locked_team(team)
    policies.require(actor, policies.CHANGE_TEAM, team)
    membership = _membership(team, person)
    if membership.role == role:
        return membership
    if role != TeamRole.LEAD:
        _require_other_lead(team, membership)
    membership.role = role
    membership.save()
    audit.record(
        AuditEvent.MEMBER_CHANGED,
        actor=actor.label,
        subject=team.label,
        now=now,
        data={"person": person.label, "role": role.label.lower()},
    )
    return membership


@transaction.atomic
def remove_member(*, team: Team, person: User, actor: User, now: datetime) -> None:
    """Take a person out of a team.

    The last lead stays while others are in the team or it owns applications, operations or not:
    somebody else is made lead first. Only a team that nobody and nothing depends on is emptied.

    Raises:
        NotAllowedError: when the actor may not change the team.
        NotMemberError: when the person is not in the team.
        LastLeadError: when the team would be left without a lead.
    """
    team = locked_team(team)
    policies.require(actor, policies.CHANGE_TEAM, team)
    membership = _membership(team, person)
    needed = team.memberships.exclude(pk=membership.pk).exists() or team.applications.exists()
    if needed:
        _require_other_lead(team, membership)
    membership.delete()
    audit.record(
        AuditEvent.MEMBER_REMOVED,
        actor=actor.label,
        subject=team.label,
        now=now,
        data={"person": person.label},
    )


def _membership(team: Team, person: User) -> Membership:
    membership = team.memberships.filter(user=person).first()
    if membership is None:
        raise NotMemberError(f"{person} is not in {team}.")
    return membership


def _require_other_lead(team: Team, membership: Membership) -> None:
    if membership.role != TeamRole.LEAD:
        return
    others = team.memberships.filter(role=TeamRole.LEAD, user__is_active=True)
    if not others.exclude(pk=membership.pk).exists():
        raise LastLeadError(
            f"{membership.user} is the last lead of {team}. Make somebody else lead first."
        )
