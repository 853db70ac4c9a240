"""What comes next for a claim, with its why, in one step."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from oncall.plans.claims import Act, Part, Side, Stage, move


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next step of a claim: `side` is whose word it is; `waits` when it is another's turn.

    With `is_open` the person may take it; otherwise `wanted` are those who may.
    """

    title: str
    why: str
    button: str
    act: Act
    wanted: frozenset[Part]
    is_open: bool
    side: Side | None = None
    waits: str = ""


# Title, why, button and act of the next step at each stage.
_STEPS: Mapping[Stage | None, tuple[str, str, str, Act]] = {
    None: (
        "Think about it",
        "It binds nobody. The portal shows what is missing, and you can stop at any time.",
        "We are interested",
        Act.SHOW_INTEREST,
    ),
    Stage.INTERESTED: (
        "Choose the rota of your team",
        "Everything else is judged by it: cover, people, how they are reached.",
        "Choose a rota",
        Act.CHOOSE_ROTA,
    ),
    Stage.PREPARING: (
        "Shadow the central support",
        "Your people watch beside those who answer today, so that the first night is not the first.",
        "Start shadowing",
        Act.SHADOW,
    ),
    Stage.SHADOWING: (
        "Begin the trial",
        "Your rota answers, and central support steps in when it cannot. It takes both words.",
        "Give the word for the trial",
        Act.GIVE_WORD,
    ),
    Stage.TRIAL: (
        "Own the nights",
        "Your team answers on its own. It takes both words, and the way back stays open.",
        "Give the word for owning",
        Act.GIVE_WORD,
    ),
    Stage.HANDING_BACK: (
        "Hand the nights back",
        "The team answers until both sides have given their word.",
        "Agree that they go back",
        Act.GIVE_WORD,
    ),
}


def next_step(
    stage: Stage | None, held: frozenset[Part], given: Collection[Side]
) -> NextStep | None:
    """Return the next step for somebody with these parts; an owned claim has none.

    `given` are the sides that have given their word at the stage.
    """
    found = _STEPS.get(stage)
    if found is None:
        return None
    title, why, button, act = found
    rule = move(stage, act)
    wanted = rule.by if rule else frozenset()
    side, waits = None, ""
    if act == Act.GIVE_WORD:
        left = [one for one in Side if one not in given]
        mine = [one for one in left if Part(one) in held]
        side = mine[0] if mine else None
        wanted = frozenset(Part(one) for one in left)
        if len(left) == 1:
            waits = "the team" if left[0] == Side.TAKER else "central support"
    is_open = bool(wanted & held)
    return NextStep(title, why, button, act, wanted, is_open, side, waits)
