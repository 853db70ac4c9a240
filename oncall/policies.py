"""Who may do what to rotas, shifts and leave: one table of permissions, each with its refusal.

Everybody signed in sees who is on call. Leads of the team or above it, and operations, plan; people
of the team trade among each other; everybody tells of their own leave.
"""

from collections.abc import Callable, Collection
from typing import Any

from rules import permissions
from rules.predicates import predicate

from oncall.models import (
    CallOut,
    Claim,
    Feed,
    Gap,
    Leave,
    Override,
    ReadinessException,
    Rota,
    Swap,
)
from oncall.plans.claims import Act, Part
from oncall.selectors import rotas
from oncall.selectors.rotas import leads_central
from oncall.selectors.work import has_shifts_in
from portal.accounts.models import Role, User
from portal.accounts.policies import NotAllowedError, Viewer, can_write, is_operations
from portal.catalogue import policies as catalogue
from portal.catalogue import selectors as teams
from portal.catalogue.models import Application, Team

MAKE_ROTAS = "oncall.make_rotas"
CREATE_ROTA = "oncall.create_rota"
CHANGE_ROTA = "oncall.change_rota"
MAKE_CENTRAL = "oncall.make_central"
CHANGE_HOLIDAYS = "oncall.change_holidays"
TRADE_SHIFTS = "oncall.trade_shifts"
READ_TRADES = "oncall.read_trades"
DECIDE_SWAP = "oncall.decide_swap"
CHANGE_RULES = "oncall.change_rules"
CHANGE_LEAVE = "oncall.change_leave"
TELL_CALLOUT = "oncall.tell_callout"
CORRECT_PAID = "oncall.correct_paid"
LEAVE_NOTE = "oncall.leave_note"
READ_PAY = "oncall.read_pay"
APPROVE_PAY = "oncall.approve_pay"
SET_PAY = "oncall.set_pay"
MAKE_FEED = "oncall.make_feed"
REVOKE_FEED = "oncall.revoke_feed"
TELL_EVIDENCE = "oncall.tell_evidence"
APPROVE_EXCEPTION = "oncall.approve_exception"
END_EXCEPTION = "oncall.end_exception"

Target = (
    Rota
    | Team
    | Override
    | Swap
    | Gap
    | Leave
    | CallOut
    | User
    | Application
    | ReadinessException
    | Feed
    | None
)


def team_of(target: Any) -> Team | None:
    """Return the team that something of a rota belongs to."""
    match target:
        case Team():
            return target
        case Rota():
            return target.team
        case Override() | Swap() | Gap() | CallOut():
            return target.rota.team
    return None


@predicate
def leads(user: Viewer, target: Any) -> bool:
    """Whether the person leads the team it is about, or anything above it."""
    return bool(catalogue.leads(user, team_of(target)))


@predicate
def belongs(user: Viewer, target: Any) -> bool:
    """Whether the person is in the team it is about, or leads it or anything above it."""
    team = team_of(target)
    return team is not None and (teams.is_member(user, team) or teams.leads_lineage(user, team))


@predicate
def serves(user: Viewer, target: Any) -> bool:
    """Whether the person is on call in the rota it is about, or takes turns in it."""
    rota = target if isinstance(target, Rota) else getattr(target, "rota", None)
    return rota is not None and isinstance(user, User) and rotas.serves(user, rota)


@predicate
def is_party(user: Viewer, swap: Any) -> bool:
    """Whether the person gives or takes, or was asked to."""
    return user.pk is not None and user.pk in {swap.giver_id, swap.asked_id, swap.taker_id}


@predicate
def leads_some_team(user: Viewer) -> bool:
    """Whether there is a team for which the person may make a rota."""
    return rotas.leads_a_team(user)


@predicate
def reads_all(user: Viewer) -> bool:
    """Whether the person's role reads everything."""
    return user.is_active and user.role in {Role.EXECUTIVE, Role.AUDITOR, Role.OPERATIONS}


@predicate
def is_own(user: Viewer, target: Any) -> bool:
    """Whether it is about the person."""
    is_of_person = isinstance(target, Leave | CallOut)
    person = target.person_id if is_of_person else getattr(target, "pk", None)
    return isinstance(user, User) and user.pk == person


@predicate
def leads_person(user: Viewer, target: Any) -> bool:
    """Whether the person leads a team that the other is in, or anything above it."""
    person = target.person if isinstance(target, Leave) else target
    return isinstance(person, User) and any(
        teams.leads_lineage(user, team) for team in person.teams.all()
    )


@predicate
def takes_part(user: Viewer, target: Any) -> bool:
    """Whether the person is, was or will be on call in the rota."""
    rota = target.rota if isinstance(target, CallOut) else target
    return isinstance(user, User) and isinstance(rota, Rota) and has_shifts_in(rota, user)


@predicate
def works_on(user: Viewer, application: Application) -> bool:
    """Whether the person is in the owner team, or leads it or anything above it."""
    return bool(catalogue.works_on(user, application))


@predicate
def speaks_for_central(user: Viewer, _target: Any = None) -> bool:
    """Whether the person leads the team of the central support, or anything above it."""
    return isinstance(user, User) and leads_central(user)


@predicate
def asked_for(user: Viewer, exception: ReadinessException) -> bool:
    """Whether the person asked for the exception."""
    return bool(user.pk == exception.asked_by_id)


@predicate
def leads_claimant(user: Viewer, exception: ReadinessException) -> bool:
    """Whether the person leads the team of the claim, or anything above it."""
    return bool(catalogue.leads(user, exception.claim.team))


@predicate
def reads_feed(user: Viewer, target: Any) -> bool:
    """Whether it is the person's own shifts, or a team's that they are in or oversee."""
    if isinstance(target, User):
        return user.is_active and bool(is_own(user, target))
    return bool(user.is_active and (reads_all(user) or belongs(user, target)))


@predicate
def made_feed(user: Viewer, target: Any) -> bool:
    """Whether the person made the feed."""
    return isinstance(user, User) and isinstance(target, Feed) and user.pk == target.created_by_id


permissions.add_perm(CREATE_ROTA, is_operations | (can_write & leads))
permissions.add_perm(MAKE_ROTAS, is_operations | (can_write & leads_some_team))
permissions.add_perm(CHANGE_ROTA, is_operations | (can_write & leads))
permissions.add_perm(MAKE_CENTRAL, is_operations)
permissions.add_perm(CHANGE_HOLIDAYS, is_operations)
permissions.add_perm(TRADE_SHIFTS, is_operations | (can_write & (belongs | serves)))
permissions.add_perm(READ_TRADES, reads_all | belongs | serves)
permissions.add_perm(DECIDE_SWAP, (is_operations | (can_write & leads)) & ~is_party)
permissions.add_perm(CHANGE_RULES, is_operations)
permissions.add_perm(MAKE_FEED, reads_feed)
permissions.add_perm(REVOKE_FEED, made_feed | is_operations)
permissions.add_perm(CHANGE_LEAVE, can_write & (is_operations | is_own | leads_person))
permissions.add_perm(
    TELL_CALLOUT, is_operations | (can_write & (leads | (is_own & (takes_part | belongs))))
)
permissions.add_perm(CORRECT_PAID, is_operations | (can_write & leads))
permissions.add_perm(LEAVE_NOTE, is_operations | (can_write & (belongs | takes_part)))
permissions.add_perm(READ_PAY, reads_all | leads)
permissions.add_perm(APPROVE_PAY, is_operations | (can_write & leads))
permissions.add_perm(SET_PAY, is_operations)
permissions.add_perm(TELL_EVIDENCE, is_operations | (can_write & works_on))
permissions.add_perm(
    APPROVE_EXCEPTION, ~asked_for & (is_operations | (can_write & speaks_for_central))
)
permissions.add_perm(
    END_EXCEPTION, can_write & (is_operations | asked_for | leads_claimant | speaks_for_central)
)


def parts_of(user: Viewer, application: Application) -> frozenset[Part]:
    """Return what somebody is to the claim of an application; without a team, nobody takes it.

    Leads of the owner team or above it speak for the team. Operations and leads of the central
    support speak for the central support.
    """
    if not can_write(user) or not isinstance(user, User):
        return frozenset()
    owner = application.owner
    found = set()
    if owner and teams.is_member(user, owner):
        found.add(Part.MEMBER)
    if catalogue.leads(user, owner):
        found.add(Part.TAKER)
    if is_operations(user) or speaks_for_central(user):
        found.add(Part.GIVER)
    return frozenset(found)


def why_not(user: Viewer, act: Act, wanted: frozenset[Part], application: Application) -> str:
    """Return who may do something to a claim, for somebody who may not."""
    if isinstance(user, User) and user.is_active and not can_write(user):
        role = Role(user.role).label.lower()
        return f"As an {role} you see everything and change nothing. Ask operations."
    owner = application.owner
    whose = f"leads of {owner} or of a team above it" if owner else "leads of its owner team"
    if Part.MEMBER in wanted:
        whose = f"people of {owner} and {whose}" if owner else whose
    if Part.GIVER in wanted:
        whose = f"{whose}, and central support"
    what = {
        Act.SHOW_INTEREST: "show interest in the nights of",
        Act.CHOOSE_ROTA: "choose the rota of",
        Act.SHADOW: "let the team shadow the nights of",
        Act.GIVE_WORD: "give their word on the nights of",
        Act.WITHDRAW: "withdraw the claim of",
        Act.ASK_BACK: "ask that the nights go back of",
        Act.STAY: "take the hand-back back of",
    }[act]
    return f"Only {whose} {what} {application}. Ask one of them."


def refuse_act(user: Viewer, act: Act, wanted: frozenset[Part], claim: Claim) -> None:
    """Say who may do something to a claim.

    Raises:
        NotAllowedError: always.
    """
    raise NotAllowedError(why_not(user, act, wanted, claim.application))


def allows(user: Viewer, permission: str, target: Target = None) -> bool:
    """Return whether the person has the permission on the target."""
    return bool(permissions.has_perm(permission, user, target))


def require(user: Viewer, permission: str, target: Target = None) -> None:
    """Do nothing when the person has the permission on the target.

    Raises:
        NotAllowedError: otherwise, with who may.
    """
    if allows(user, permission, target):
        return
    if isinstance(user, User) and user.is_active and not can_write(user):
        role = Role(user.role).label.lower()
        raise NotAllowedError(
            f"As an {role} you see everything and change nothing. Ask operations."
        )
    raise NotAllowedError(REFUSALS[permission](target))


def refusal(permission: str, target: Target = None) -> str:
    """Return who may do something, for whoever may not."""
    return REFUSALS[permission](target)


def _leads_of(target: Target, what: str) -> str:
    return (
        f"Only leads of {team_of(target)} or of a team above it, and operations, {what}. "
        "Ask one of them."
    )


REFUSALS: dict[str, Callable[[Target], str]] = {
    MAKE_ROTAS: lambda _target: "Only leads of a team, and operations, make rotas. Ask yours.",
    CREATE_ROTA: lambda team: _leads_of(team, "make rotas for it"),
    CHANGE_ROTA: lambda target: _leads_of(target, "change who is on call for it"),
    MAKE_CENTRAL: lambda _target: "Only operations say which rota is the central support.",
    CHANGE_HOLIDAYS: lambda _target: (
        "Only operations change calendars of bank holidays. Ask them."
    ),
    TRADE_SHIFTS: lambda target: (
        f"Only people of {team_of(target)}, leads above it, and operations trade its shifts."
    ),
    READ_TRADES: lambda target: (
        f"Only people of {team_of(target)}, and those who oversee the company, see its trades."
    ),
    DECIDE_SWAP: lambda target: (
        f"Leads of {team_of(target)} or of a team above it, and operations, have the last word, and"
        " nobody on a swap of their own. Ask one of them."
    ),
    CHANGE_RULES: lambda _target: (
        "Only operations set the limits of rest and load, for the whole company. Ask them."
    ),
    TELL_EVIDENCE: lambda application: (
        f"Only people of the team that owns {application}, leads above it, and operations tell"
        " what it is ready in. Ask one of them."
    ),
    APPROVE_EXCEPTION: lambda _target: (
        "Operations and leads of the central support approve exceptions, never whoever asked."
    ),
    END_EXCEPTION: lambda _target: (
        "Whoever asked for an exception, leads of the team, and central support end it."
    ),
    MAKE_FEED: lambda target: (
        f"Only people of {team_of(target)}, those above it, and those who oversee the company,"
        " make feeds of it."
        if team_of(target)
        else "People make feeds of their own shifts alone."
    ),
    REVOKE_FEED: lambda _target: "Who made a feed revokes it, or operations do.",
    CHANGE_LEAVE: lambda _target: (
        "People tell of their own leave; their leads and operations can do it for them."
    ),
    TELL_CALLOUT: lambda target: (
        f"People on call tell their own call-outs; leads of {team_of(target)} or above it, and"
        " operations, can do it for them."
    ),
    CORRECT_PAID: lambda target: (
        f"The pay of that month is approved. Leads of {team_of(target)} or above it, and"
        " operations, correct it now, and the difference is paid with the next report."
    ),
    LEAVE_NOTE: lambda target: (
        f"People of {team_of(target)}, and those who are on call in this rota, leave notes in it."
    ),
    READ_PAY: lambda target: _leads_of(target, "see what it is paid for being on call"),
    APPROVE_PAY: lambda target: _leads_of(target, "approve its pay"),
    SET_PAY: lambda _target: "Only operations say what being on call is paid. Ask them.",
}


def plans(user: User, rota: Rota, led: Collection[int]) -> bool:
    """Return what CHANGE_ROTA says, for who asks of many rotas and knows the teams they lead."""
    return is_operations(user) or (
        can_write(user) and bool(set(rota.team.lineage).intersection(led))
    )
