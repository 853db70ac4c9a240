"""Overrides, leave and gaps by API."""

import json
from itertools import count

import pytest

from oncall.models import Hours, Leave, Override
from tests.api.tokens import client_with, personal_token
from tests.conftest import NOW
from tests.oncall.scene import rota

NIGHT = {"starts_at": "2026-03-04T17:30:00Z", "ends_at": "2026-03-05T09:00:00Z"}
V1 = "/api/v1/"


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def ask(world):
    numbers = count()

    def ask(method, path, body=None, who="alice"):
        name = f"laptop-{next(numbers)}"
        client = client_with(personal_token(getattr(world, who), now=NOW, name=name))
        data = json.dumps(body) if body is not None else ""
        response = client.generic(method, V1 + path, data, "application/json")
        return response.status_code, response.json() if response.content else None

    return ask


def test_an_override_is_made_listed_and_taken_back(ask, world):
    rota(world)
    body = {"kind": "cover", "comes": "bob@example.com", "reason": "A wedding.", **NIGHT}
    status, made = ask("POST", "rotas/acquiring-at-night/overrides/", body)
    assert status == 201
    assert (made["comes"], made["goes"], made["role"]) == ("bob@example.com", None, "primary")
    status, found = ask("GET", "rotas/acquiring-at-night/overrides/", who="charlie")
    assert (status, found["items"]) == (200, [made])
    status, gone = ask("POST", f"overrides/{made['id']}/cancel/", {})
    assert status == 200
    assert gone["cancelled_at"]
    assert ask("POST", f"overrides/{made['id']}/cancel/", {})[0] == 422
    assert ask("POST", "overrides/0/cancel/", {})[0] == 404


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"starts_at": "2026-03-04T17:30:00"}, 400),
        ({"starts_at": "0001-01-01T00:00:00Z"}, 400),
        ({"starts_at": "tomorrow"}, 400),
        ({"kind": "clone"}, 400),
        ({"comes": "who@example.com"}, 400),
        ({"colour": "red"}, 400),
        ({"goes": "alice@example.com"}, 422),
        ({"ends_at": "2026-03-04T17:30:00Z"}, 422),
        ({"starts_at": "2026-01-01T00:00:00Z"}, 422),
    ],
)
def test_an_override_that_cannot_be_is_refused(ask, world, wrong, status):
    rota(world)
    body = {"kind": "cover", "comes": "bob@example.com", **NIGHT} | wrong
    assert ask("POST", "rotas/acquiring-at-night/overrides/", body)[0] == status
    assert not Override.objects.exists()


def test_leave_is_ones_own(ask, world):
    status, told = ask("POST", "leave/", NIGHT | {"note": "Walking."}, who="bob")
    assert status == 201
    assert Leave.objects.get().person == world.bob
    assert ask("GET", "leave/", who="bob")[1]["items"] == [told]
    assert ask("GET", "leave/", who="alice")[1]["items"] == []
    assert ask("POST", f"leave/{told['id']}/cancel/", {}, who="charlie")[0] == 404
    assert ask("POST", f"leave/{told['id']}/cancel/", {}, who="alice")[0] == 204
    assert ask("GET", "leave/", who="bob")[1]["items"] == []
    assert ask("POST", "leave/", NIGHT | {"ends_at": NIGHT["starts_at"]}, who="bob")[0] == 422


def test_gaps_are_listed_and_accepted(ask, world):
    rota(world, hours=Hours.ALWAYS)
    status, found = ask("GET", "gaps/?team=payments&limit=5", who="charlie")
    assert (status, len(found["items"])) == (200, 5)
    gap = found["items"][0]["id"]
    assert ask("POST", f"gaps/{gap}/accept/", {"note": "In the office."}, who="bob")[0] == 403
    status, accepted = ask("POST", f"gaps/{gap}/accept/", {"note": "In the office."})
    assert (status, accepted["accepted_by"]) == (200, "alice@example.com")
    assert ask("POST", f"gaps/{gap}/accept/", {"note": "Again."})[0] == 409
    assert gap not in [one["id"] for one in ask("GET", "gaps/")[1]["items"]]
    assert gap in [one["id"] for one in ask("GET", "gaps/?accepted=true")[1]["items"]]
    assert ask("GET", "gaps/?rota=nothing")[0] == 404
    assert ask("GET", "gaps/?team=nothing")[0] == 400
    assert ask("POST", "gaps/0/accept/", {"note": "None."})[0] == 404
