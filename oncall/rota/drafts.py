"""A definition as somebody writes it: what is wrong with it, and what it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from oncall.rota.resolution import PRIMARY, Layer
from oncall.rota.turns import CustomTurns, Rotation, Turns, Unit
from oncall.rota.windows import OutOfHours, Several, Weekly, Windows

LONGEST_TURN = 366
MOST_LAYERS = 20
MOST_TURNS = 100
EXCLUSIVE = frozenset({PRIMARY, "secondary", "manager"})
ROLES = EXCLUSIVE | {"shadow"}
UNITS = frozenset(unit.value for unit in Unit)
OUT_OF_HOURS, ALWAYS, WEEKLY = "OUT_OF_HOURS", "ALWAYS", "WEEKLY"
HOURS = frozenset({OUT_OF_HOURS, ALWAYS, WEEKLY})


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When people work: the days of the week, the hours, and the bank holidays."""

    zone: ZoneInfo
    workdays: frozenset[int]
    starts: time
    ends: time
    holidays: frozenset[date] = frozenset()

    def off_work(self, zone: ZoneInfo | None = None) -> OutOfHours:
        """Return the hours in which nobody is at work, in this zone or by the clocks of another."""
        return OutOfHours(self.workdays, self.starts, self.ends, zone or self.zone, self.holidays)


@dataclass(frozen=True, slots=True)
class LayerDraft:
    """A layer: who takes turns, how long each, in which hours.

    `groups` has the ids of the people of each turn; the other fields are those of the model.
    """

    name: str
    groups: tuple[tuple[int, ...], ...]
    begins_on: date
    role: str = PRIMARY
    priority: int = 0
    unit: str = Unit.WEEK
    length: int = 1
    turn_days: tuple[int, ...] = ()
    handoff_at: time = time(9)
    zone: str = ""
    hours: str = OUT_OF_HOURS
    windows: tuple[Mapping[str, Any], ...] = field(default=())
    ahead: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def people(self) -> frozenset[int]:
        """The ids of all who take turns."""
        return frozenset(person for group in self.groups for person in group)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a definition: where, and how to mend it."""

    layer: int
    field: str
    words: str


def layer_of(draft: LayerDraft, calendar: WorkCalendar) -> Layer:
    """Return what the arithmetic makes of a layer that has no faults; people go by their ids."""
    zone = ZoneInfo(draft.zone) if draft.zone else calendar.zone
    return Layer(
        tuple(tuple(str(person) for person in group) for group in draft.groups),
        _rotation(draft, zone),
        windows_of(draft, calendar),
        draft.priority,
        draft.role,
        draft.starts_at,
        draft.ends_at,
        draft.ahead,
    )


def windows_of(draft: LayerDraft, calendar: WorkCalendar) -> Windows | None:
    """Return the hours that a layer covers; None is around the clock."""
    zone = ZoneInfo(draft.zone) if draft.zone else calendar.zone
    if draft.hours == ALWAYS:
        return None
    if draft.hours == OUT_OF_HOURS:
        return calendar.off_work(zone)
    return Several(tuple(read_window(window, zone) for window in draft.windows))


def read_window(window: Mapping[str, Any], zone: ZoneInfo) -> Weekly:
    """Return a window as it is stored: `days`, `opens`, `closes` and perhaps `days_later`.

    Raises:
        KeyError, TypeError, ValueError: it is not one.
    """
    days = frozenset(int(day) for day in window["days"])
    if not days:
        raise ValueError("A window needs a day.")
    opens, closes = (time.fromisoformat(window[name]) for name in ("opens", "closes"))
    return Weekly(days, opens, closes, zone, window.get("days_later"))


def _rotation(draft: LayerDraft, zone: ZoneInfo) -> Turns | None:
    start = datetime.combine(draft.begins_on, draft.handoff_at)
    if draft.turn_days:
        return CustomTurns(tuple(timedelta(days=days) for days in draft.turn_days), start, zone)
    return Rotation(Unit(draft.unit), draft.length, start, zone) if draft.unit else None


def faults(layers: Sequence[LayerDraft], *, is_union: bool) -> list[Fault]:
    """Return all that is wrong with the layers of a definition, in their order."""
    found = [
        Fault(number, name, words)
        for number, layer in enumerate(layers)
        for name, words in _faults(layer, is_union=is_union)
    ]
    if not layers:
        found.append(Fault(0, "name", "A rota needs at least one layer."))
    if len(layers) > MOST_LAYERS:
        found.append(Fault(MOST_LAYERS, "name", f"A rota has at most {MOST_LAYERS} layers."))
    return found + ([] if is_union else _equals(layers))


def _faults(layer: LayerDraft, *, is_union: bool) -> list[tuple[str, str]]:
    is_known = layer.role in ROLES and layer.hours in HOURS and layer.unit in {"", *UNITS}
    windows = _window_faults(layer.windows) if layer.hours == WEEKLY else []
    is_shared = any(len(group) > 1 for group in layer.groups)
    checks = [
        (layer.name.strip(), "name", "Give the layer a name, such as “Weekday nights”."),
        (is_known, "role", "The role, the unit or the hours are none of those that there are."),
        (
            layer.groups and all(layer.groups),
            "groups",
            "Name at least one person; a turn without anybody would be a gap.",
        ),
        (
            len(layer.groups) <= MOST_TURNS,
            "groups",
            f"At most {MOST_TURNS} turns follow each other.",
        ),
        (
            is_union or layer.role not in EXCLUSIVE or not is_shared,
            "groups",
            "One person at a time has this role. Put the others into a layer of their own.",
        ),
        (
            1 <= layer.length <= LONGEST_TURN,
            "length",
            f"A turn lasts from 1 to {LONGEST_TURN} hours, days, weeks or months.",
        ),
        (
            all(1 <= days <= LONGEST_TURN for days in layer.turn_days),
            "turn_days",
            f"Each custom turn lasts from 1 to {LONGEST_TURN} days.",
        ),
        (
            not layer.zone or layer.zone in available_timezones(),
            "zone",
            "Use a time zone such as Europe/London or Asia/Kolkata.",
        ),
        (
            not (layer.starts_at and layer.ends_at) or layer.starts_at < layer.ends_at,
            "ends_at",
            "The layer ends before it begins.",
        ),
    ]
    return [(name, words) for is_fine, name, words in checks if not is_fine] + windows


def _window_faults(windows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    if not windows:
        return [("windows", "Say on which days of the week, from when until when.")]
    for window in windows:
        try:
            read_window(window, ZoneInfo("UTC"))
        except (KeyError, TypeError, ValueError):
            return [
                (
                    "windows",
                    "Write each as days from 1, Monday, to 7, Sunday, and two times such as 18:00.",
                )
            ]
    return []


def _equals(layers: Sequence[LayerDraft]) -> list[Fault]:
    """Return the layers that would share a role with another although one person has it."""
    seen: dict[tuple[str, int], int] = {}
    found = []
    for number, layer in enumerate(layers):
        other = seen.setdefault((layer.role, layer.priority), number)
        if other != number and layer.role in EXCLUSIVE:
            words = (
                f"“{layers[other].name}” has the same role and the same priority. Give one of them"
                " a higher number: it goes first where both cover."
            )
            found.append(Fault(number, "priority", words))
    return found
