"""A rota as somebody typed it, kept to the letter, and what the buttons of the page do to it.

Nothing here is checked: what cannot be read yet is carried along until it can.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.http import QueryDict

from oncall.rota import PRIMARY
from oncall.rota.drafts import MOST_LAYERS

# What belongs to the rota itself; the rest of the fields belong to a layer.
HEAD = (
    "team",
    "name",
    "zone",
    "hours",
    "calendar",
    "resolution",
    "response_minutes",
    "when",
    "from_day",
    "from_time",
    "reason",
    "seen",
    "template",
)
LAYER = (
    "name",
    "role",
    "priority",
    "unit",
    "length",
    "turn_days",
    "begins_on",
    "handoff_at",
    "zone",
    "hours",
    "windows",
    "ahead",
    "starts_at",
    "ends_at",
    "same",
    "who",
)


@dataclass(slots=True)
class TypedLayer:
    """A layer: what stands in its fields, and its people in their order.

    `sharing` are those who take their turn together with the one before them.
    """

    values: dict[str, str]
    people: list[int] = field(default_factory=list)
    sharing: set[int] = field(default_factory=set)

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The people of each turn."""
        found: list[list[int]] = []
        for person in self.people:
            if found and person in self.sharing:
                found[-1].append(person)
            else:
                found.append([person])
        return tuple(tuple(group) for group in found)

    def add(self, person: int) -> None:
        """Let somebody take a turn after the others."""
        if person and person not in self.people:
            self.people.append(person)

    def add_all(self, people: Iterable[int]) -> None:
        """Let all of them take turns, in their order."""
        for person in people:
            self.add(person)

    def remove(self, person: int) -> None:
        """Take somebody out."""
        if person in self.people:
            self.people.remove(person)

    def move(self, person: int, by: int) -> None:
        """Move somebody up or down; at the ends nothing happens."""
        if person not in self.people:
            return
        place = self.people.index(person)
        to = place + by
        if 0 <= to < len(self.people):
            self.people[place], self.people[to] = self.people[to], self.people[place]


@dataclass(slots=True)
class Typed:
    """A rota as typed: its own fields, and its layers."""

    values: dict[str, str]
    layers: list[TypedLayer] = field(default_factory=list)

    @staticmethod
    def empty() -> dict[str, str]:
        """Return the fields of a rota with nothing in them."""
        return dict.fromkeys(HEAD, "")

    @classmethod
    def read(cls, data: QueryDict) -> "Typed":
        """Return what a form has sent, however little of it fits."""
        count = _number(data.get("layers", ""))
        return cls(
            {name: data.get(name, "") for name in HEAD},
            [_layer(data, f"layer-{number}-") for number in range(min(count, MOST_LAYERS))],
        )

    @property
    def people(self) -> set[int]:
        """The ids of all who take turns anywhere."""
        return {person for layer in self.layers for person in layer.people}

    def add_layer(self, values: dict[str, str]) -> None:
        """Put a layer above the others: where both cover, it goes first."""
        if len(self.layers) == MOST_LAYERS:
            return
        above = [
            _number(layer.values["priority"])
            for layer in self.layers
            if layer.values["role"] == values["role"]
        ]
        priority = str(max(above) + 1) if above else "0"
        self.layers.append(TypedLayer({**values, "priority": priority}))

    def remove_layer(self, number: int) -> None:
        """Take a layer away, but never the last."""
        if len(self.layers) > 1 and 0 <= number < len(self.layers):
            del self.layers[number]
            self.layers[0].values["same"] = ""

    def act(self, action: str, everybody: Sequence[int]) -> None:
        """Do what a button says, such as `up:0:17`: person 17 of layer 0 goes up.

        What names nothing that there is, changes nothing. `everybody` are the people of the team.
        """
        verb, _, rest = action.partition(":")
        first, _, second = rest.partition(":")
        number, person = _number(first), _number(second)
        if verb == "drop":
            self.remove_layer(number)
            return
        if number >= len(self.layers):
            return
        layer = self.layers[number]
        doings: dict[str, Callable[[], object]] = {
            "add": lambda: layer.add(person),
            "all": lambda: layer.add_all(everybody),
            "remove": lambda: layer.remove(person),
            "up": lambda: layer.move(person, -1),
            "down": lambda: layer.move(person, 1),
        }
        if verb in doings:
            doings[verb]()


def blank_layer(**values: str) -> dict[str, str]:
    """Return the fields of a layer, empty but for what is given and what every layer needs."""
    needed = {"role": PRIMARY, "priority": "0", "length": "1", "unit": "week", "ahead": "0"}
    return dict.fromkeys(LAYER, "") | needed | values


def _layer(data: QueryDict, prefix: str) -> TypedLayer:
    return TypedLayer(
        {name: data.get(f"{prefix}{name}", "") for name in LAYER},
        _once(map(_number, data.getlist(f"{prefix}people"))),
        set(map(_number, data.getlist(f"{prefix}sharing"))),
    )


def _once(people: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(person for person in people if person))


def _number(text: str) -> int:
    """Return a number of a form; what is none, or absurd, is 0."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004
