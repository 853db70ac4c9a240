"""Rotas of other tools: what is read, what is told as not understood, what is made of it."""

import json
from copy import deepcopy
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from oncall.adapters.imports import read
from oncall.models import Resolution, Rota
from tests.conftest import NOW
from tests.oncall.scene import at, on_call

# All made up.
PAGERDUTY = {
    "schedule": {
        "id": "PX",
        "name": "Tills at night",
        "time_zone": "Europe/London",
        "schedule_layers": [
            {
                "name": "Nights",
                "start": "2026-01-05T09:00:00+00:00",
                "end": None,
                "rotation_virtual_start": "2026-03-02T09:00:00+00:00",
                "rotation_turn_length_seconds": 604800,
                "users": [
                    {"user": {"id": "P1", "email": "alice@example.com"}},
                    {"user": {"id": "P2", "email": "bob@example.com"}},
                ],
                "restrictions": [
                    {
                        "type": "daily_restriction",
                        "start_time_of_day": "18:00:00",
                        "duration_seconds": 54000,
                    }
                ],
            }
        ],
        "final_schedule": {
            "rendered_schedule_entries": [
                {
                    "start": "2026-03-04T18:00:00+00:00",
                    "end": "2026-03-05T09:00:00+00:00",
                    "user": {"id": "P1", "email": "alice@example.com"},
                }
            ]
        },
    }
}
OPSGENIE = {
    "data": {
        "name": "Tills",
        "timezone": "Europe/London",
        "rotations": [
            {
                "name": "Nights",
                "startDate": "2026-03-02T09:00:00Z",
                "type": "weekly",
                "length": 1,
                "participants": [
                    {"type": "user", "username": "alice@example.com"},
                    {"type": "user", "username": "bob@example.com"},
                ],
                "timeRestriction": {
                    "type": "time-of-day",
                    "restriction": {"startHour": 18, "startMin": 0, "endHour": 9, "endMin": 0},
                },
            }
        ],
    }
}
GRAFANA = {
    "schedules": [{"id": "S1", "name": "Tills", "time_zone": "Europe/London", "shifts": ["A"]}],
    "on_call_shifts": [
        {
            "id": "A",
            "name": "Nights",
            "type": "rolling_users",
            "start": "2026-03-02T18:00:00",
            "duration": 54000,
            "frequency": "weekly",
            "interval": 1,
            "by_day": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"],
            "level": 1,
            "rolling_users": [["U1"], ["U2"]],
        },
        {"id": "B", "name": "Another schedule's", "type": "single_event"},
    ],
    "users": [
        {"id": "U1", "email": "alice@example.com"},
        {"id": "U2", "email": "bob@example.com"},
    ],
}
EXPORTS = {"pagerduty": PAGERDUTY, "opsgenie": OPSGENIE, "grafana": GRAFANA}


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NOW, tick=False)


def changed(document, path, value):
    copy = deepcopy(document)
    *parents, last = path
    inner = copy
    for step in parents:
        inner = inner[step]
    inner[last] = value
    return copy


@pytest.mark.parametrize("tool", EXPORTS)
def test_each_tool_means_the_same_by_the_same_rota(tool):
    found = read(json.dumps(EXPORTS[tool]))
    assert found.faults == []
    assert found.zone == "Europe/London"
    (layer,) = found.layers
    assert layer.groups == (("alice@example.com",), ("bob@example.com",))
    assert (layer.draft.unit, layer.draft.length) == ("week", 1)
    assert layer.draft.windows == (
        {
            "days": [1, 2, 3, 4, 5, 6, 7],
            "opens": "18:00:00",
            "closes": "09:00:00",
            "days_later": 1,
        },
    )


LAYER = ("schedule", "schedule_layers", 0)
ROTATION = ("data", "rotations", 0)
SHIFT = ("on_call_shifts", 0)


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        (
            changed(PAGERDUTY, (*LAYER, "rotation_turn_length_seconds"), 90),
            "$.schedule.schedule_layers[0]",
            "whole number of hours",
        ),
        (
            changed(PAGERDUTY, (*LAYER, "rotation_virtual_start"), "soon"),
            "$.schedule.schedule_layers[0]",
            "is no instant",
        ),
        (
            changed(PAGERDUTY, (*LAYER, "restrictions", 0, "type"), "lunar"),
            "$.schedule.schedule_layers[0]",
            "lunar is not known",
        ),
        (
            changed(PAGERDUTY, (*LAYER, "users"), [{}]),
            "$.schedule.schedule_layers[0]",
            "'user' is missing",
        ),
        (
            changed(OPSGENIE, (*ROTATION, "participants", 0, "type"), "team"),
            "$.data.rotations[0]",
            "is no person",
        ),
        (
            changed(OPSGENIE, (*ROTATION, "type"), "yearly"),
            "$.data.rotations[0]",
            "yearly is not known",
        ),
        (
            changed(GRAFANA, (*SHIFT, "type"), "single_event"),
            "$.on_call_shifts[0]",
            "Make an override",
        ),
        (changed(GRAFANA, (*SHIFT, "frequency"), "lunar"), "$.on_call_shifts[0]", "missing"),
        (changed(GRAFANA, ("schedules",), []), "$.schedules", "empty"),
        ({"something": 1}, "$", "no export that is known"),
        (changed(PAGERDUTY, ("schedule", "schedule_layers"), []), "$", "Nobody takes turns"),
    ],
)
def test_what_is_not_understood_is_told_with_its_place(document, path, words):
    faults = read(json.dumps(document)).faults
    assert any(one.path == path and words in one.words for one in faults), faults


def test_all_faults_are_told_at_once():
    broken = changed(PAGERDUTY, (*LAYER, "rotation_turn_length_seconds"), 90)
    broken["schedule"]["schedule_layers"].append({"name": "Empty"})
    assert len(read(json.dumps(broken)).faults) == 2


def test_text_that_is_no_json_is_told():
    assert "no JSON" in read("rota:").faults[0].words


def test_days_of_the_week_of_opsgenie():
    weekend = {
        "type": "weekday-and-time-of-day",
        "restrictions": [
            {"startDay": "friday", "startHour": 18, "endDay": "monday", "endHour": 9},
        ],
    }
    (layer,) = read(json.dumps(changed(OPSGENIE, (*ROTATION, "timeRestriction"), weekend))).layers
    assert layer.draft.windows == (
        {"days": [5], "opens": "18:00:00", "closes": "09:00:00", "days_later": 3},
    )


# --- The command --------------------------------------------------------------------------------


def imported(tmp_path, document, **options):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(document))
    out = StringIO()
    call_command(
        "import_rota",
        str(path),
        stdout=out,
        **{"team": "acquiring", "by": "alice@example.com", **options},
    )
    return out.getvalue()


@pytest.mark.parametrize("tool", EXPORTS)
def test_a_rota_is_made_of_an_export(world, tmp_path, tool):
    told = imported(tmp_path, EXPORTS[tool], name="Tills at night")
    assert "Tills at night is made" in told
    assert "DIFFERS" not in told
    rota = Rota.objects.get()
    assert rota.resolution == Resolution.PRIORITY
    assert on_call(rota, at("2026-03-04T22:00")) == ["Alice"]
    assert on_call(rota, at("2026-03-10T22:00")) == ["Bob"]
    assert on_call(rota, at("2026-03-10T12:00")) == []


def test_a_dry_run_shows_the_weeks_ahead_and_makes_nothing(world, tmp_path):
    told = imported(tmp_path, PAGERDUTY, dry_run=True)
    assert "2026-03-04 18:00 to 2026-03-05 09:00 UTC  Alice" in told
    assert not Rota.objects.exists()


def test_it_says_where_it_differs_from_what_the_export_lists(world, tmp_path):
    entry = ("schedule", "final_schedule", "rendered_schedule_entries", 0, "user", "email")
    told = imported(tmp_path, changed(PAGERDUTY, entry, "bob@example.com"), dry_run=True)
    assert "DIFFERS: the export has Bob" in told


def test_who_has_another_address_is_named_by_hand(world, tmp_path):
    member = (*LAYER, "users", 1, "user", "email")
    renamed = changed(PAGERDUTY, member, "bobby@old.example.com")
    with pytest.raises(CommandError, match=r"--person bobby@old\.example\.com=EMAIL"):
        imported(tmp_path, renamed)
    told = imported(tmp_path, renamed, person=["bobby@old.example.com=bob@example.com"])
    assert "is made" in told


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"team": "nothing"}, "There is no team"),
        ({"by": "nobody@example.com"}, "Nobody active"),
        ({"by": "charlie@example.com"}, "Only leads of Acquiring"),
    ],
)
def test_the_command_says_what_is_wrong(world, tmp_path, options, words):
    with pytest.raises(CommandError, match=words):
        imported(tmp_path, PAGERDUTY, **options)
    assert not Rota.objects.exists()
