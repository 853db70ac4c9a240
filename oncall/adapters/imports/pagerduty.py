"""A schedule of PagerDuty's REST API v2: `GET /schedules/{id}?include[]=users`."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from oncall.adapters.imports.reading import (
    EVERY_DAY,
    Foreign,
    Imported,
    instant_of,
    layer,
    turn_of,
    window,
)


def fits(document: Mapping[str, Any]) -> bool:
    """Return whether it is one."""
    schedule = document.get("schedule")
    return isinstance(schedule, Mapping) and "schedule_layers" in schedule


def read(document: Mapping[str, Any]) -> Imported:
    """Return its rota; a later layer goes before an earlier one."""
    schedule = document["schedule"]
    found = Imported(str(schedule.get("name", "")), str(schedule.get("time_zone", "UTC")))
    for number, one in enumerate(schedule["schedule_layers"]):
        with found.at(f"$.schedule.schedule_layers[{number}]"):
            found.layers.append(_layer(number, one, found.zone))
    entries = (schedule.get("final_schedule") or {}).get("rendered_schedule_entries", [])
    for number, entry in enumerate(entries):
        with found.at(f"$.schedule.final_schedule.rendered_schedule_entries[{number}]"):
            who = _person(entry["user"])
            found.told.append((instant_of(entry["start"]), instant_of(entry["end"]), who))
    return found


def _layer(number: int, one: Mapping[str, Any], zone: str) -> Foreign:
    unit, length = turn_of(int(one["rotation_turn_length_seconds"]))
    groups = [[_person(member["user"])] for member in one["users"]]
    return layer(
        str(one.get("name") or f"Layer {number + 1}"),
        groups,
        instant_of(one["rotation_virtual_start"]),
        zone,
        unit=unit,
        length=length,
        windows=[_window(restriction) for restriction in one.get("restrictions") or []],
        priority=number,
        starts_at=instant_of(one["start"]) if one.get("start") else None,
        ends_at=instant_of(one["end"]) if one.get("end") else None,
    )


def _window(one: Mapping[str, Any]) -> dict[str, Any]:
    kind = one["type"]
    if kind not in {"daily_restriction", "weekly_restriction"}:
        raise ValueError(
            f"A restriction of the type {kind} is not known. Make it daily or weekly."
        )
    days = EVERY_DAY if kind == "daily_restriction" else [int(one["start_day_of_week"])]
    lasts = timedelta(seconds=int(one["duration_seconds"]))
    return window(days, time.fromisoformat(one["start_time_of_day"]), lasts)


def _person(user: Mapping[str, Any]) -> str:
    return str(user.get("email") or user.get("id") or user["summary"])
