"""Schedules and shifts of Grafana OnCall's HTTP API, put into one object.

It reads `{"schedules": [...], "on_call_shifts": [...], "users": [...]}`, of one schedule.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from oncall.adapters.imports.reading import (
    DAY,
    EVERY_DAY,
    WEEK,
    Foreign,
    Imported,
    ImportFault,
    layer,
    window,
)

UNITS = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def fits(document: Mapping[str, Any]) -> bool:
    """Return whether it is one."""
    return "schedules" in document and "on_call_shifts" in document


def read(document: Mapping[str, Any]) -> Imported:
    """Return the rota of its first schedule; a shift of a higher level goes first."""
    schedules = list(document["schedules"])
    if not schedules:
        return Imported(faults=[ImportFault("$.schedules", "It is empty. Export a schedule.")])
    schedule = schedules[0]
    found = Imported(str(schedule.get("name", "")), str(schedule.get("time_zone") or "UTC"))
    if len(schedules) > 1:
        found.faults.append(ImportFault("$.schedules[1]", "One schedule at a time: split them."))
    addresses = {
        user["id"]: user["email"] for user in document.get("users", []) if user.get("email")
    }
    wanted = set(schedule.get("shifts") or [])
    for number, one in enumerate(document["on_call_shifts"]):
        if not wanted or one.get("id") in wanted:
            with found.at(f"$.on_call_shifts[{number}]"):
                found.layers.append(_layer(one, found.zone, addresses))
    return found


def _layer(one: Mapping[str, Any], zone: str, addresses: Mapping[str, str]) -> Foreign:
    kind = one["type"]
    if kind not in {"rolling_users", "recurrent_event"}:
        raise ValueError(f"A shift of the type {kind} is no turn. Make an override of it instead.")
    groups = one["rolling_users"] if kind == "rolling_users" else [one["users"]]
    turn = int(one.get("start_rotation_from_user_index") or 0)
    named = [[addresses.get(person, person) for person in group] for group in groups]
    zone = one.get("time_zone") or zone
    begins = _begins(one["start"], zone)
    unit = UNITS[one["frequency"]]
    return layer(
        str(one["name"]),
        [*named[turn:], *named[:turn]],
        begins,
        zone,
        unit=unit,
        length=int(one.get("interval") or 1),
        windows=_windows(one, begins.astimezone(ZoneInfo(zone)), unit),
        priority=int(one.get("level") or 0),
        starts_at=begins,
        ends_at=datetime.fromisoformat(one["until"]).replace(tzinfo=UTC)
        if one.get("until")
        else None,
    )


def _begins(written: str, zone: str) -> datetime:
    """Return when a shift begins: the API writes it by the clocks of the shift's zone."""
    at = datetime.fromisoformat(written)
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def _windows(one: Mapping[str, Any], local: datetime, unit: str) -> list[dict[str, Any]]:
    lasts = timedelta(seconds=int(one["duration"]))
    days = [DAYS.index(day) + 1 for day in one.get("by_day") or []]
    whole = {"day": DAY, "week": WEEK}.get(unit)
    if not days and whole is not None and lasts >= whole * int(one.get("interval") or 1):
        return []
    if not days and unit == "week":
        days = [local.isoweekday()]
    if not days and unit not in {"day", "week"}:
        raise ValueError("Turns of hours or months with pauses are not known. Give it days.")
    return [window(days or EVERY_DAY, local.time(), lasts)]
