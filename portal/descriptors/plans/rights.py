"""What somebody may do to many things at once, by the rules of the catalogue's pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from portal.descriptors.plans.state import Held, Noun, Told

LEADS = "Its leads, leads above it and operations do."


@dataclass(frozen=True, slots=True)
class Rights:
    """What one actor may do; teams are slugs, `parents` is the tree as it will be.

    `is_unbound` is for operations, and for the command at the server, which also takes things
    over for teams (`takes_anything`).
    """

    parents: Mapping[str, str] = field(default_factory=dict)
    member_of: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset()
    is_unbound: bool = False
    takes_anything: bool = False
    may_write: bool = True
    # A pipeline changes the one application that it belongs to and nothing else.
    only: str = ""

    def refusal(self, told: Told, held: Held | None) -> str:
        """Return why the actor may not do it, or nothing."""
        if not self.may_write:
            return "Your role sees everything and changes nothing."
        if self.only:
            is_own = held is not None and (told.noun, told.slug) == (Noun.APPLICATION, self.only)
            return "" if is_own else "A pipeline changes only the application it belongs to."
        if self.is_unbound:
            return ""
        if told.noun is Noun.TEAM:
            return self._team(told, held)
        return self._owned(told, held)

    def may_take(self, team: str) -> bool:
        """Return whether the actor may take something without an owner over for a team."""
        return self.takes_anything or (self.may_write and not self.only and self._belongs(team))

    def _team(self, told: Told, held: Held | None) -> str:
        parent = str(told.fields.get("parent", ""))
        if held is None:
            if not parent:
                return "Only operations add teams at the top of the tree."
            return "" if self._leads(parent) else f"You add no teams below {parent}. {LEADS}"
        if not self._leads(told.slug):
            return f"You do not change the team {told.slug}. {LEADS}"
        before = held.fields.get("parent", "")
        if "parent" in told.fields and parent != before and not (parent and self._leads(parent)):
            return f"You add no teams below {parent or 'the company'}. {LEADS}"
        return ""

    def _owned(self, told: Told, held: Held | None) -> str:
        """Systems and applications: who is given one belongs to it, who changes one works on it."""
        after = str(told.fields.get("owner", ""))
        before = str(held.fields.get("owner", "")) if held else ""
        if before and not self._works_for(before):
            return (
                f"Only people of {before}, which owns it, leads above it and operations change it."
            )
        is_given = after != before and (not before or told.noun is Noun.SYSTEM)
        if (is_given or not before) and not self._belongs(after):
            return f"Only people of {after or 'its team'} or of a team above it give things to it."
        return ""

    def _works_for(self, team: str) -> bool:
        return team in self.member_of or self._leads(team)

    def _belongs(self, team: str) -> bool:
        return any(one in self.member_of for one in self._lineage(team))

    def _leads(self, team: str) -> bool:
        return any(one in self.leads for one in self._lineage(team))

    def _lineage(self, team: str) -> Iterable[str]:
        seen: set[str] = set()
        while team and team not in seen:
            seen.add(team)
            yield team
            team = self.parents.get(team, "")
