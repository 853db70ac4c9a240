"""What any export is read into, and what the readers share."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from oncall.rota import LayerDraft
from oncall.rota.drafts import ALWAYS, WEEKLY

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class ImportFault:
    """What of an export could not be understood: where, and how to mend it."""

    path: str
    words: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """A layer as it was exported: people go by their addresses, or what the tool calls them."""

    draft: LayerDraft
    groups: tuple[tuple[str, ...], ...]

    def of(self, people: Mapping[str, int]) -> LayerDraft:
        """Return the layer with the ids of people."""
        groups = tuple(tuple(people[person] for person in group) for group in self.groups)
        return replace(self.draft, groups=groups)


@dataclass(slots=True)
class Imported:
    """A rota as it was exported; `told` are the shifts that the export itself lists."""

    name: str = ""
    zone: str = "UTC"
    is_union: bool = False
    layers: list[Foreign] = field(default_factory=list)
    told: list[tuple[datetime, datetime, str]] = field(default_factory=list)
    faults: list[ImportFault] = field(default_factory=list)

    @property
    def people(self) -> set[str]:
        """All who take turns, as the export names them."""
        return {one for layer in self.layers for group in layer.groups for one in group}

    @contextmanager
    def at(self, path: str) -> Iterator[None]:
        """Note what goes wrong in a part of the export, and go on with the next."""
        try:
            yield
        except KeyError as error:
            self.faults.append(ImportFault(path, f"{error} is missing. Export it again, whole."))
        except (AttributeError, TypeError, ValueError) as error:
            self.faults.append(ImportFault(path, str(error) or "It cannot be read."))


def instant_of(written: str) -> datetime:
    """Return an instant.

    Raises:
        ValueError: it is none, or has no zone.
    """
    try:
        at = datetime.fromisoformat(written)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{written} is no instant. Write it as 2026-03-02T09:00:00Z.") from error
    if at.tzinfo is None:
        raise ValueError(f"{written} has no time zone. Write it as {written}Z for UTC.")
    return at


def turn_of(seconds: int) -> tuple[str, int]:
    """Return a length of turns as unit and number."""
    for unit, size in (("week", 604_800), ("day", 86_400), ("hour", 3_600)):
        if seconds >= size and seconds % size == 0:
            return unit, seconds // size
    raise ValueError(f"A turn of {seconds} seconds is no whole number of hours. Change it there.")


def layer(
    name: str,
    groups: Sequence[Sequence[str]],
    begins: datetime,
    zone: str,
    *,
    unit: str,
    length: int,
    windows: Sequence[Mapping[str, Any]] = (),
    **others: Any,
) -> Foreign:
    """Return a layer whose first turn begins at an instant, by the clocks of a zone."""
    local = begins.astimezone(ZoneInfo(zone))
    draft = LayerDraft(
        name=name,
        groups=(),
        begins_on=local.date(),
        handoff_at=local.time(),
        zone=zone,
        unit=unit,
        length=length,
        hours=WEEKLY if windows else ALWAYS,
        windows=tuple(windows),
        **others,
    )
    return Foreign(draft, tuple(tuple(group) for group in groups))


def window(days: Sequence[int], opens: time, lasts: timedelta) -> dict[str, Any]:
    """Return hours of the week that open on some days and last so long on the clock."""
    opened = timedelta(hours=opens.hour, minutes=opens.minute, seconds=opens.second)
    later, left = divmod(opened + lasts, DAY)
    closes = (datetime(1, 1, 1, tzinfo=UTC) + left).time()
    return {
        "days": list(days),
        "opens": opens.isoformat(),
        "closes": closes.isoformat(),
        "days_later": later,
    }
