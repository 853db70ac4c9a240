"""A schedule of Opsgenie's API: `GET /v2/schedules/{id}?expand=rotation`; all rotations count."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from oncall.adapters.imports.reading import (
    DAY,
    EVERY_DAY,
    WEEK,
    WEEKDAYS,
    Foreign,
    Imported,
    instant_of,
    layer,
    window,
)

UNITS = {"weekly": "week", "daily": "day", "hourly": "hour"}


def fits(document: Mapping[str, Any]) -> bool:
    """Return whether it is one."""
    data = document.get("data", document)
    return isinstance(data, Mapping) and "rotations" in data


def read(document: Mapping[str, Any]) -> Imported:
    """Return its rota, in which everybody of every rotation is on call."""
    data = document.get("data", document)
    root = "$.data" if "data" in document else "$"
    found = Imported(str(data.get("name", "")), str(data.get("timezone", "UTC")))
    for number, one in enumerate(data["rotations"]):
        with found.at(f"{root}.rotations[{number}]"):
            found.layers.append(_layer(number, one, found.zone))
    found.is_union = len(found.layers) > 1
    return found


def _layer(number: int, one: Mapping[str, Any], zone: str) -> Foreign:
    kind = one["type"]
    if kind not in UNITS:
        raise ValueError(f"A rotation of the type {kind} is not known. Make it {_words()}.")
    return layer(
        str(one.get("name") or f"Rotation {number + 1}"),
        [[_person(member)] for member in one["participants"]],
        instant_of(one["startDate"]),
        zone,
        unit=UNITS[kind],
        length=int(one.get("length", 1)),
        windows=_windows(one.get("timeRestriction")),
        starts_at=instant_of(one["startDate"]),
        ends_at=instant_of(one["endDate"]) if one.get("endDate") else None,
    )


def _windows(restriction: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if not restriction:
        return []
    if restriction["type"] == "time-of-day":
        return [_window(restriction["restriction"], EVERY_DAY, timedelta(), DAY)]
    return [
        _window(
            one,
            [WEEKDAYS.index(one["startDay"].lower()) + 1],
            DAY
            * (WEEKDAYS.index(one["endDay"].lower()) - WEEKDAYS.index(one["startDay"].lower())),
            WEEK,
        )
        for one in restriction["restrictions"]
    ]


def _window(
    one: Mapping[str, Any], days: list[int], apart: timedelta, again: timedelta
) -> dict[str, Any]:
    opens = time(int(one["startHour"]), int(one.get("startMin", 0)))
    closes = time(int(one["endHour"]), int(one.get("endMin", 0)))
    lasts = apart + timedelta(hours=closes.hour - opens.hour, minutes=closes.minute - opens.minute)
    return window(days, opens, lasts if lasts > timedelta() else lasts + again)


def _person(member: Mapping[str, Any]) -> str:
    kind = member["type"]
    if kind != "user":
        raise ValueError(f"A participant of the type {kind} is no person. Name people instead.")
    return str(member["username"])


def _words() -> str:
    return ", ".join(UNITS)
