"""How the nights of an application change hands: stages, what moves a claim, and by whose word.

One table says it all; what is not in it is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where a claim stands."""

    INTERESTED = "INTERESTED"
    PREPARING = "PREPARING"
    SHADOWING = "SHADOWING"
    TRIAL = "TRIAL"
    OWNED = "OWNED"
    HANDING_BACK = "HANDING_BACK"
    RETURNED = "RETURNED"
    ORPHANED = "ORPHANED"
    EXPIRED = "EXPIRED"


# The way in, in its order.
WAY = (Stage.INTERESTED, Stage.PREPARING, Stage.SHADOWING, Stage.TRIAL, Stage.OWNED)
LIVE = (*WAY, Stage.HANDING_BACK)
ENDED = (Stage.RETURNED, Stage.ORPHANED, Stage.EXPIRED)
# The rota of the team answers, and there is a row of cover that says so.
COVERED = (Stage.TRIAL, Stage.OWNED, Stage.HANDING_BACK)
# A rota is chosen.
WITH_ROTA = (Stage.PREPARING, Stage.SHADOWING, *COVERED)


class Side(StrEnum):
    """Who speaks: the team that takes the nights on, or the central support that gives them."""

    TAKER = "TAKER"
    GIVER = "GIVER"

    @property
    def other(self) -> "Side":
        """The side that has to agree."""
        return Side.GIVER if self == Side.TAKER else Side.TAKER


class Part(StrEnum):
    """What somebody is to a claim; one person may be several."""

    MEMBER = "MEMBER"
    TAKER = "TAKER"
    GIVER = "GIVER"


class Act(StrEnum):
    """What people do to a claim."""

    SHOW_INTEREST = "SHOW_INTEREST"
    CHOOSE_ROTA = "CHOOSE_ROTA"
    SHADOW = "SHADOW"
    GIVE_WORD = "GIVE_WORD"
    WITHDRAW = "WITHDRAW"
    ASK_BACK = "ASK_BACK"
    STAY = "STAY"


@dataclass(frozen=True, slots=True)
class Move:
    """Where an act leads to, and who may do it; a word leads there with that of the other side.

    `to` of None: the claim stays where it is, or goes back to where it was before.
    """

    to: Stage | None
    by: frozenset[Part]

    def parts(self, held: frozenset[Part]) -> frozenset[Part]:
        """Return the parts of those that somebody holds in which they may do it."""
        return self.by & held


_TEAM = frozenset({Part.MEMBER, Part.TAKER})
_TAKER = frozenset({Part.TAKER})
_EITHER = frozenset({Part.TAKER, Part.GIVER})

# By the stage, None without a live claim: central support answers.
MOVES: Mapping[tuple[Stage | None, Act], Move] = {
    (None, Act.SHOW_INTEREST): Move(Stage.INTERESTED, _TEAM),
    (Stage.INTERESTED, Act.CHOOSE_ROTA): Move(Stage.PREPARING, _TAKER),
    (Stage.INTERESTED, Act.WITHDRAW): Move(Stage.RETURNED, _TEAM),
    (Stage.PREPARING, Act.CHOOSE_ROTA): Move(None, _TAKER),
    (Stage.PREPARING, Act.SHADOW): Move(Stage.SHADOWING, _TAKER),
    (Stage.PREPARING, Act.WITHDRAW): Move(Stage.RETURNED, _TAKER),
    (Stage.SHADOWING, Act.CHOOSE_ROTA): Move(None, _TAKER),
    (Stage.SHADOWING, Act.GIVE_WORD): Move(Stage.TRIAL, _EITHER),
    (Stage.SHADOWING, Act.WITHDRAW): Move(Stage.RETURNED, _TAKER),
    (Stage.TRIAL, Act.CHOOSE_ROTA): Move(None, _TAKER),
    (Stage.TRIAL, Act.GIVE_WORD): Move(Stage.OWNED, _EITHER),
    (Stage.TRIAL, Act.ASK_BACK): Move(Stage.HANDING_BACK, _EITHER),
    (Stage.OWNED, Act.CHOOSE_ROTA): Move(None, _TAKER),
    (Stage.OWNED, Act.ASK_BACK): Move(Stage.HANDING_BACK, _EITHER),
    (Stage.HANDING_BACK, Act.GIVE_WORD): Move(Stage.RETURNED, _EITHER),
    (Stage.HANDING_BACK, Act.STAY): Move(None, _EITHER),
}


def move(stage: Stage | None, act: Act) -> Move | None:
    """Return what an act does at a stage, or None where it makes no sense."""
    return MOVES.get((stage, act))


def open_to(stage: Stage | None, held: frozenset[Part]) -> dict[Act, frozenset[Part]]:
    """Return what somebody with these parts may do at a stage, and in which of the parts."""
    return {
        act: parts
        for (at, act), one in MOVES.items()
        if at == stage and (parts := one.parts(held))
    }


def asks_readiness(stage: Stage) -> bool:
    """Whether a word at the stage is only given by and to a team that is ready."""
    return stage in {Stage.SHADOWING, Stage.TRIAL}
