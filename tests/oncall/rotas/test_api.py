"""Rotas by API: made, read, changed, previewed, retired, and their shifts."""

import json
from datetime import datetime, timedelta
from itertools import count

import pytest

from oncall.models import HolidayCalendar, Rota, RotaVersion, Shift
from oncall.services.shifts import freeze_shifts
from portal.api.types import Scope
from portal.audit.models import Entry
from tests.api.tokens import client_with, personal_token, pipeline_token
from tests.conftest import NOW
from tests.oncall.scene import layers, people, rota

V1 = "/api/v1/rotas/"
HERE = "acquiring-at-night/"
SOON = "2026-03-06T18:00:00Z"
NIGHTS = {"name": "Nights", "turns": [["bob@example.com"], ["alice@example.com"]]} | {
    "begins_on": "2026-03-02"
}
WINDOW = {"days": [1, 2], "opens": "18:00", "closes": "09:00"}
NEW = {"team": "acquiring", "name": "Till at night", "starts_at": SOON, "layers": [NIGHTS]}
MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NOW, tick=False)


class Api:
    """Asks as somebody, and keeps the answer."""

    def __init__(self, world):
        self.world = world
        self.numbers = count()

    def __call__(self, method, path="", body=None, *, who="alice", **headers):
        person = getattr(self.world, who)
        issued = personal_token(person, now=NOW, name=f"laptop-{next(self.numbers)}")
        return send(client_with(issued), method, path, body, **headers)


def send(client, method, path, body=None, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    data = json.dumps(body) if body is not None else ""
    return client.generic(method, V1 + path, data, "application/json", headers=names)


@pytest.fixture
def ask(world):
    return Api(world)


def without(body, name):
    return {key: value for key, value in body.items() if key != name}


def pointers(response):
    return [fault["pointer"] for fault in response.json()["errors"]]


# --- Making ----------------------------------------------------------------------------------


def test_a_rota_is_made_and_reads_as_it_was_written(ask):
    calendar = HolidayCalendar.objects.create(slug="england", name="England")
    settings = {
        "zone": "Europe/London",
        "calendar": calendar.slug,
        "hours": "weekly",
        "resolution": "union",
        "swap_policy": "ask",
        "response_minutes": 5,
        "description": "Who mends the till.",
    }
    layer = NIGHTS | {"hours": "weekly", "windows": [WINDOW], "unit": None, "zone": "Asia/Kolkata"}
    layer["turns"] = [["bob@example.com", "ALICE@example.com"]]
    made = ask("POST", body=NEW | settings | {"layers": [layer]})
    assert made.status_code == 201
    assert made["Location"].endswith("/api/v1/rotas/till-at-night/")
    found = ask("GET", "till-at-night/", who="charlie")
    assert found.json() == made.json()
    assert found["ETag"] == made["ETag"]
    assert {name: found.json()[name] for name in settings} == settings
    (definition,) = found.json()["definitions"]
    assert definition["starts_at"] == SOON
    (read,) = definition["layers"]
    assert {name: read[name] for name in without(layer, "turns")} == without(layer, "turns")
    assert read["turns"] == [["bob@example.com", "alice@example.com"]]
    assert Shift.objects.filter(rota__slug="till-at-night").exists()
    assert ask("GET", "till-at-night/", If_None_Match=made["ETag"]).status_code == 304


def test_what_is_left_out_is_as_usual(ask, world):
    made = ask("POST", body=NEW).json()
    assert (made["zone"], made["hours"]) == (world.acquiring.zone, "out_of_hours")
    (layer,) = made["definitions"][0]["layers"]
    assert (layer["unit"], layer["length"], layer["handoff_at"]) == ("week", 1, "09:00")


def test_a_request_sent_twice_makes_one_rota(world):
    client = client_with(personal_token(world.alice, now=NOW))
    first, again = (send(client, "POST", "", NEW, Idempotency_Key="till") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Rota.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"team": "nobody"}, "#/team"),
        ({"name": ""}, "#/name"),
        ({"slug": "Till At Night"}, "#/slug"),
        ({"zone": "Mars/Olympus"}, "#/zone"),
        ({"calendar": "atlantis"}, "#/calendar"),
        ({"hours": "sometimes"}, "#/hours"),
        ({"resolution": "dice"}, "#/resolution"),
        ({"swap_policy": "bribe"}, "#/swap_policy"),
        ({"response_minutes": 0}, "#/response_minutes"),
        ({"starts_at": "2026-03-06T18:00:00"}, "#/starts_at"),
        ({"colour": "red"}, "#/colour"),
        ({"layers": []}, "#/layers"),
        ({"layers": [NIGHTS] * 21}, "#/layers"),
    ],
)
def test_a_rota_that_cannot_be_read_is_refused_at_its_place(ask, wrong, pointer):
    response = ask("POST", body=NEW | wrong)
    assert (response.status_code, pointers(response)) == (400, [pointer])
    assert not Rota.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"name": " "}, "name"),
        ({"role": "king"}, "role"),
        ({"priority": 1001}, "priority"),
        ({"turns": []}, "turns"),
        ({"turns": [[]]}, "turns/0"),
        ({"turns": [["bob"]]}, "turns/0/0"),
        ({"turns": [["bob@example.com"]] * 101}, "turns"),
        ({"turns": [["bob@example.com"], ["who@example.com"]]}, "turns/1/0"),
        ({"unit": "moon"}, "unit"),
        ({"length": 0}, "length"),
        ({"turn_days": [3, 367]}, "turn_days/1"),
        ({"begins_on": "1800-01-01"}, "begins_on"),
        ({"begins_on": "Monday"}, "begins_on"),
        ({"handoff_at": "9 o'clock"}, "handoff_at"),
        ({"hours": "never"}, "hours"),
        ({"windows": [WINDOW | {"days": [8]}]}, "windows/0/days/0"),
        ({"windows": [WINDOW | {"opens": "25:00"}]}, "windows/0/opens"),
        ({"windows": [WINDOW | {"days_later": 7}]}, "windows/0/days_later"),
        ({"ahead": -1}, "ahead"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"people": []}, "people"),
    ],
)
def test_a_layer_that_cannot_be_read_is_refused_at_its_place(ask, wrong, place):
    response = ask("POST", body=NEW | {"layers": [NIGHTS, NIGHTS | wrong]})
    assert (response.status_code, pointers(response)) == (400, [f"#/layers/1/{place}"])
    assert not Rota.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"turns": [["bob@example.com", "alice@example.com"]]}, "turns"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"hours": "weekly"}, "windows"),
        ({"starts_at": SOON, "ends_at": SOON}, "ends_at"),
        ({"role": "primary"}, "priority"),
    ],
)
def test_a_definition_that_cannot_be_is_refused_with_a_mend(ask, wrong, place):
    second = NIGHTS | {"role": "secondary"} | wrong
    response = ask("POST", body=NEW | {"layers": [NIGHTS, second]})
    assert (response.status_code, pointers(response)) == (422, [f"#/layers/1/{place}"])
    assert all(fault["detail"] and fault["mend"] for fault in response.json()["errors"])
    assert not Rota.objects.exists()


def test_every_fault_is_told_at_once(ask):
    wrong = NIGHTS | {"zone": "Mars/Olympus", "hours": "weekly"}
    response = ask("POST", body=NEW | {"layers": [wrong]})
    assert sorted(pointers(response)) == ["#/layers/0/windows", "#/layers/0/zone"]


def test_who_left_takes_no_turns(ask, world):
    world.bob.is_active = False
    world.bob.save()
    response = ask("POST", body=NEW)
    assert (response.status_code, pointers(response)) == (400, ["#/layers/0/turns/0/0"])


@pytest.mark.parametrize("start", ["2026-03-01T00:00:00Z", "2028-01-01T00:00:00Z"])
def test_a_rota_begins_neither_in_the_past_nor_in_years(ask, start):
    response = ask("POST", body=NEW | {"starts_at": start})
    assert (response.status_code, pointers(response)) == (422, ["#/starts_at"])
    assert response.json()["errors"][0]["mend"]


@pytest.mark.parametrize("name", ["Acquiring at night", "Preview", "New", "夜"])
def test_an_address_that_is_taken_or_none_is_a_conflict(ask, world, name):
    rota(world)
    assert ask("POST", body=NEW | {"name": name}).status_code == 409
    assert Rota.objects.count() == 1


@pytest.mark.parametrize("who", ["bob", "charlie", "eve", "audrey"])
def test_outsiders_neither_make_nor_preview_nor_change(world, client, who):
    rota(world)
    client.force_login(getattr(world, who))
    entries = Entry.objects.count()
    for method, path, body in (
        ("POST", "", NEW),
        ("POST", "preview/", without(NEW, "name")),
        ("PATCH", HERE, {"name": "Mine"}),
        ("PUT", f"{HERE}definition/", {"layers": [NIGHTS], "starts_at": SOON}),
        ("POST", f"{HERE}retire/", {"reason": "It is over."}),
    ):
        assert send(client, method, path, body, If_Match="*").status_code == 403, path
    assert (Rota.objects.count(), RotaVersion.objects.count()) == (1, 1)
    assert Entry.objects.count() == entries


def test_a_pipeline_neither_reads_nor_changes(world):
    rota(world)
    client = client_with(pipeline_token(world.checkout, by=world.bob, now=NOW))
    for method, path, body in (
        ("GET", "", None),
        ("POST", "", NEW),
        ("POST", "preview/", without(NEW, "name")),
        ("GET", HERE, None),
        ("PATCH", HERE, {"name": "Mine"}),
        ("PUT", f"{HERE}definition/", {"layers": [NIGHTS], "starts_at": SOON}),
        ("GET", f"{HERE}shifts/", None),
        ("POST", f"{HERE}retire/", {"reason": "It is over."}),
    ):
        assert send(client, method, path, body, If_Match="*").status_code == 403, path


def test_a_token_that_reads_previews_and_makes_nothing(world):
    client = client_with(personal_token(world.alice, now=NOW, scopes=[Scope.ONCALL_READ]))
    assert send(client, "POST", "preview/", without(NEW, "name")).status_code == 200
    assert send(client, "POST", "", NEW).status_code == 403


# --- Lists -----------------------------------------------------------------------------------


def test_rotas_are_listed_by_team_and_state_page_by_page(ask, world):
    rota(world, name="B")
    rota(world, name="A")
    rota(world, name="C", team=world.lending, actor=world.olive)
    ask("POST", "b/retire/", {"reason": "It is over."})

    def names(query):
        return [one["name"] for one in ask("GET", query, who="charlie").json()["items"]]

    assert names("") == ["A", "C"]
    assert names("?team=payments") == ["A"]
    assert names("?state=retired") == ["B"]
    assert names("?state=any") == ["A", "B", "C"]
    first = ask("GET", "?state=any&limit=2").json()
    rest = ask("GET", f"?{first['next'].partition('?')[2]}").json()
    assert [one["name"] for one in rest["items"]] == ["C"]
    for query in ("?state=asleep", "?team=nobody", "?cursor=x", "?colour=red"):
        assert ask("GET", query).status_code == 400, query


# --- Changing --------------------------------------------------------------------------------


def test_settings_change_for_who_has_seen_them(ask, world):
    rota(world)
    seen = ask("GET", HERE)["ETag"]
    changed = ask("PATCH", HERE, {"response_minutes": 5}, If_Match=seen)
    assert changed.status_code == 200
    assert (changed.json()["response_minutes"], changed.json()["revision"]) == (5, 2)
    assert ask("PATCH", HERE, {"name": "Mine"}, If_Match=seen).status_code == 412
    assert ask("PATCH", HERE, {"name": "Mine"}).status_code == 428
    assert ask("PATCH", "nothing/", {"name": "Mine"}, If_Match="*").status_code == 404
    assert ask("GET", HERE).json()["name"] == "Acquiring at night"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": ""}, "#/name"),
        ({"zone": "Mars/Olympus"}, "#/zone"),
        ({"calendar": "atlantis"}, "#/calendar"),
        ({"response_minutes": 1441}, "#/response_minutes"),
        ({"layers": []}, "#/layers"),
        ({"team": "lending"}, "#/team"),
    ],
)
def test_settings_that_cannot_be_are_refused(ask, world, wrong, pointer):
    rota(world)
    response = ask("PATCH", HERE, wrong, If_Match="*")
    assert (response.status_code, pointers(response)) == (400, [pointer])


def test_turns_that_are_shared_keep_everybody_on_call(ask):
    shared = NIGHTS | {"turns": [["bob@example.com", "alice@example.com"]]}
    made = ask("POST", body=NEW | {"resolution": "union", "layers": [shared]})
    assert made.status_code == 201
    response = ask("PATCH", "till-at-night/", {"resolution": "priority"}, If_Match="*")
    assert (response.status_code, pointers(response)) == (422, ["#/resolution"])
    assert ask("GET", "till-at-night/").json()["resolution"] == "union"


def test_other_layers_count_from_an_instant_on(ask, world):
    found = rota(world)
    before = ask("GET", HERE)
    body = {"starts_at": SOON, "layers": [NIGHTS], "reason": "Fay leaves."}
    changed = ask("PUT", f"{HERE}definition/", body, If_Match=before["ETag"])
    assert changed.status_code == 200
    now = ask("GET", HERE)
    assert (changed["ETag"], changed.json()["rota"]) == (now["ETag"], now.json())
    assert [one["starts_at"] for one in now.json()["definitions"]] == [
        before.json()["definitions"][0]["starts_at"],
        SOON,
    ]
    assert now.json()["definitions"][1]["reason"] == "Fay leaves."
    came, went = changed.json()["came"], changed.json()["went"]
    assert {one["person"] for one in came} <= {"alice@example.com", "bob@example.com"}
    assert "dora@example.com" in {one["person"] for one in went}
    assert [one["starts_at"] for one in came] == sorted(one["starts_at"] for one in came)
    again = ask("PUT", f"{HERE}definition/", body, If_Match=before["ETag"])
    assert again.status_code == 412
    assert ask("PUT", f"{HERE}definition/", body).status_code == 428
    assert found.versions.count() == 2


def test_what_is_read_can_be_sent_back(ask, world):
    rota(world)
    read = ask("GET", HERE).json()["definitions"][0]
    body = {"starts_at": "2026-03-04T12:00:00Z", "layers": read["layers"]}
    changed = ask("PUT", f"{HERE}definition/", body, If_Match="*").json()
    assert (changed["came"], changed["went"]) == ([], [])
    assert [one["layers"] for one in changed["rota"]["definitions"]] == [read["layers"]]


@pytest.mark.parametrize(
    ("wrong", "status", "pointer"),
    [
        ({"layers": []}, 400, "#/layers"),
        ({"layers": [NIGHTS | {"turns": [["x@example.com"]]}]}, 400, "#/layers/0/turns/0/0"),
        ({"starts_at": "now"}, 400, "#/starts_at"),
        ({"colour": "red"}, 400, "#/colour"),
        ({"starts_at": "2026-01-01T00:00:00Z"}, 422, "#/starts_at"),
        ({"layers": [NIGHTS, NIGHTS]}, 422, "#/layers/1/priority"),
    ],
)
def test_layers_that_cannot_be_are_refused(ask, world, wrong, status, pointer):
    found = rota(world)
    body = {"starts_at": SOON, "layers": [NIGHTS]} | wrong
    response = ask("PUT", f"{HERE}definition/", body, If_Match="*")
    assert (response.status_code, pointers(response)) == (status, [pointer])
    assert found.versions.count() == 1


def test_a_retired_rota_stays_to_be_read_and_changes_no_more(ask, world):
    rota(world)
    assert ask("POST", f"{HERE}retire/", {}).status_code == 400
    retired = ask("POST", f"{HERE}retire/", {"reason": "It is over."})
    assert (retired.status_code, bool(retired.json()["retired_at"])) == (200, True)
    assert ask("GET", HERE)["ETag"] == retired["ETag"]
    for method, path, body in (
        ("POST", f"{HERE}retire/", {"reason": "Again."}),
        ("PATCH", HERE, {"name": "Mine"}),
        ("PUT", f"{HERE}definition/", {"layers": [NIGHTS], "starts_at": SOON}),
    ):
        assert ask(method, path, body, If_Match="*").status_code == 409, path
    assert ask("POST", "nothing/retire/", {"reason": "None."}).status_code == 404


# --- Shifts ----------------------------------------------------------------------------------


def test_a_preview_is_what_is_made_and_stores_nothing(ask):
    body = without(NEW, "name") | {"weeks": 2}
    shown = ask("POST", "preview/", body)
    assert shown.status_code == 200
    assert not Rota.objects.exists()
    assert not Shift.objects.exists()
    assert shown.json()["ends_at"] == "2026-03-20T18:00:00Z"
    ask("POST", body=NEW)
    made = ask("GET", f"till-at-night/shifts/?from={SOON}&to=2026-03-20T18:00:00Z").json()
    names = ("person", "role", "starts_at")
    assert [[one[name] for name in names] for one in shown.json()["shifts"]] == [
        [one[name] for name in names] for one in made["items"]
    ]
    assert shown.json()["gaps"] == []


def test_a_preview_shows_when_nobody_is_on_call(ask):
    # At the weekend somebody comes; the other hours out of hours are nobody's.
    weekend = {"days": [6], "opens": "00:00", "closes": "00:00"}
    layer = NIGHTS | {"hours": "weekly", "windows": [weekend]}
    body = without(NEW, "name") | {"weeks": 1, "layers": [layer], "zone": "Europe/London"}
    gaps = ask("POST", "preview/", body).json()["gaps"]
    assert {"role": "primary", "starts_at": SOON, "ends_at": "2026-03-07T00:00:00Z"} in gaps


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"weeks": 13}, 400),
        ({"name": "Till"}, 400),
        ({"layers": [NIGHTS | {"turns": [["x@example.com"]]}]}, 400),
        ({"layers": [NIGHTS, NIGHTS]}, 422),
        ({"starts_at": "2099-01-01T00:00:00Z"}, 422),
    ],
)
def test_a_preview_that_cannot_be_is_refused(ask, wrong, status):
    assert ask("POST", "preview/", without(NEW, "name") | wrong).status_code == status


def test_shifts_are_listed_records_and_plans_alike(ask, world, time_machine):
    found = rota(world)
    later = NOW + timedelta(days=5)
    freeze_shifts(now=later)
    time_machine.move_to(later, tick=False)
    query = "?from=2026-03-03T00:00:00Z&to=2026-04-01T00:00:00Z"
    page = ask("GET", f"{HERE}shifts/{query}&limit=200", who="charlie").json()
    starts = [datetime.fromisoformat(one["starts_at"]) for one in page["items"]]
    assert starts == sorted(starts)
    assert {bool(one["frozen_at"]) for one in page["items"]} == {True, False}
    assert datetime.fromisoformat(page["known_until"]) == found.computed_until
    stored = found.shifts.filter(starts_at__lt="2026-04-01T00:00:00Z")
    assert [one["id"] for one in page["items"]] == [one.pk for one in stored]
    some, path = [], f"{HERE}shifts/{query}&limit=7"
    while path:
        part = ask("GET", path).json()
        some += part["items"]
        path = part["next"] and f"{HERE}shifts/?{part['next'].partition('?')[2]}"
    assert some == page["items"]


def test_a_shift_that_goes_on_is_in_every_period_it_has_instants_in(ask, world):
    always = layers(people(world)[:1], hours="ALWAYS", unit="")[:1]
    found = rota(world, drafts=always, hours="ALWAYS")
    # As long as nobody changes anything, one shift lasts until the horizon.
    (only,) = found.shifts.all()
    query = "?from=2026-06-20T00:00:00Z&to=2026-06-21T00:00:00Z"
    assert [one["id"] for one in ask("GET", f"{HERE}shifts/{query}").json()["items"]] == [only.pk]


@pytest.mark.parametrize(
    "query",
    [
        "?from=2026-03-06T00:00:00Z&to=2026-03-06T00:00:00Z",
        "?from=2026-03-06T00:00:00Z&to=2026-06-14T00:00:01Z",
        "?from=2026-03-06T00:00:00",
        "?to=tomorrow",
        "?to=2026-03-01T00:00:00Z",
        "?limit=0",
        "?colour=red",
    ],
)
def test_a_period_that_cannot_be_is_refused(ask, world, query):
    rota(world)
    response = ask("GET", f"{HERE}shifts/{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] in {"from", "to", "limit", "colour"}


def test_shifts_of_a_hundred_days_and_of_no_rota(ask, world):
    rota(world)
    query = "?from=2026-03-06T00:00:00Z&to=2026-06-14T00:00:00Z"
    assert ask("GET", f"{HERE}shifts/{query}").status_code == 200
    assert ask("GET", "nothing/shifts/").status_code == 404


# --- Cost ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", HERE, f"{HERE}shifts/?limit=200"])
def test_reading_costs_the_same_however_much_there_is(
    world, client, path, django_assert_max_num_queries
):
    for number in range(8):
        rota(world, people(world, 8), name="Acquiring at night" if not number else f"R{number}")
    client.force_login(world.bob)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(V1 + path).status_code == 200


def test_a_preview_costs_the_same_however_many_take_turns(
    world, client, django_assert_max_num_queries
):
    turns = [[person.email] for person in people(world, 8)]
    client.force_login(world.alice)
    body = without(NEW, "name") | {"layers": [NIGHTS | {"turns": turns}]}
    with django_assert_max_num_queries(MOST_QUERIES + 4):
        response = client.post(V1 + "preview/", json.dumps(body), "application/json")
    assert response.status_code == 200
