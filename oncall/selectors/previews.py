"""What an override or leave would change of who is on call, without storing anything."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from oncall.adapters.definitions import Plan, plans
from oncall.models import DutyRole, Leave, Override, Rota
from oncall.rota import Shift as Stretch
from oncall.rota import Span, chained, gaps
from oncall.rota.spans import without
from oncall.selectors.rotas import rotas_with
from portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Turn:
    """That somebody is on call in a role, or with `person` None that nobody is."""

    role: DutyRole
    span: Span
    person: User | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change in a rota: who would be on call, who would not any more, and gaps."""

    rota: Rota
    comes: Sequence[Turn]
    goes: Sequence[Turn]
    opens: Sequence[Turn]
    closes: Sequence[Turn]

    @property
    def is_nothing(self) -> bool:
        """Whether everything would stay as it is."""
        return not (self.comes or self.goes or self.opens or self.closes)


def preview_override(override: Override, *, now: datetime) -> Preview:
    """Return what an override that is not stored would change, from now on."""
    period = Span(max(override.starts_at, now), override.ends_at)
    return _previews(plans([override.rota], since=period.start, overrides=[override]), period)[0]


def preview_leave(leave: Sequence[Leave], *, now: datetime) -> list[Preview]:
    """Return what leave of a person that is not stored would change, rota by rota.

    A rota in which it changes nothing is left out.
    """
    if not leave:
        return []
    begins = min(one.starts_at for one in leave)
    period = Span(max(begins, now), max(one.ends_at for one in leave))
    rotas = rotas_with(leave[0].person)
    found = _previews(plans(rotas, since=period.start, leave=leave), period)
    return [one for one in found if not one.is_nothing]


@dataclass(frozen=True, slots=True)
class _Change:
    rota: Rota
    came: list[Stretch]
    went: list[Stretch]
    opened: list[tuple[str, Span]]
    closed: list[tuple[str, Span]]


def _previews(found: Sequence[Plan], period: Span) -> list[Preview]:
    changes = [_change(plan, period) for plan in found]
    people = _people(one.person for change in changes for one in (*change.came, *change.went))
    return [
        Preview(
            change.rota,
            [_turn(one, people) for one in change.came],
            [_turn(one, people) for one in change.went],
            [Turn(DutyRole(role), span, None) for role, span in change.opened],
            [Turn(DutyRole(role), span, None) for role, span in change.closed],
        )
        for change in changes
    ]


def _change(plan: Plan, period: Span) -> _Change:
    if period.is_empty:
        return _Change(plan.rota, [], [], [], [])
    before, after = (sorted(chained(one.chain, *period)) for one in (plan.unsupposed, plan))
    covered = plan.covered(period)
    bare_before, bare_after = (_gaps(some, covered) for some in (before, after))
    return _Change(
        plan.rota,
        [one for one in after if one not in before],
        [one for one in before if one not in after],
        _more(bare_after, bare_before),
        _more(bare_before, bare_after),
    )


def _gaps(shifts: Iterable[Stretch], covered: dict[str, Sequence[Span]]) -> dict[str, list[Span]]:
    by_role: dict[str, list[Stretch]] = defaultdict(list)
    for one in shifts:
        by_role[one.role].append(one)
    return {role: list(gaps(by_role[role], spans)) for role, spans in covered.items()}


def _more(some: dict[str, list[Span]], others: dict[str, list[Span]]) -> list[tuple[str, Span]]:
    return [(role, span) for role in some for span in without(some[role], others[role])]


def _turn(stretch: Stretch, people: dict[str, User]) -> Turn:
    return Turn(DutyRole(stretch.role), stretch.span, people[stretch.person])


def _people(ids: Iterable[str]) -> dict[str, User]:
    found = User.objects.in_bulk({int(one) for one in ids})
    return {str(pk): person for pk, person in found.items()}
