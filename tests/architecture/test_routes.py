"""No route lets anybody in whom the table does not name, and no route is missing from it."""

import json
import logging
import re
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from rest_framework.permissions import SAFE_METHODS
from rest_framework.views import APIView

from portal.api.types import Scope
from tests.api.tokens import ALL, client_with, personal_token, pipeline_token
from tests.architecture.routes import PEOPLE, ROUTES, parameters
from tests.architecture.test_urls import ADDRESSES

CONVERTER = re.compile(r"<(\w+):\w+>|\(\?P<.*\)(?=/)")
NOTHING = {"slug": "no-such-thing", "str": "no-such-thing", "int": 2**31 - 1, "uuid": UUID(int=0)}
FOREIGN_METHOD = "BREW"


def rows():
    """Return (method, route, access) of the table."""
    for key, access in ROUTES.items():
        *methods, route = key.split(" ")
        for method in methods:
            yield method, route, access


TABLE = {(method, route): access for method, route, access in rows()}


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture(autouse=True)
def quiet():
    """A thousand requests, half of them refused, are not worth a line each."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def values(world):
    return parameters(world)


def filled(route, values):
    """Return the address of a route with a value for each converter."""

    def value(found):
        before = route[: found.end()].split("/")
        for depth in (3, 2, 1):
            key = "/".join(before[-depth:])
            if key in values:
                return str(values[key])
        raise AssertionError(f"{found[0]} of {route} has no value: add it to `parameters`.")

    return f"/{CONVERTER.sub(value, route)}"


def ask(client, method, path, access):
    body = access.body
    if access.scope is None:
        return client.get(path) if method == "GET" else client.post(path, body or {})
    headers = {"If-Match": "*"} if method in {"PATCH", "PUT"} else {}
    if method in SAFE_METHODS:
        return client.generic(method, path)
    return client.generic(
        method, path, json.dumps(body or {}), "application/json", headers=headers
    )


MEANINGS = {401: "sign in", 403: "refused", 404: "hidden", 405: "no such method"}


def meaning(response):
    code = response.status_code
    if code == 302 and response["Location"].startswith("/accounts/login/?"):
        return "sign in"
    return MEANINGS.get(code, "in" if code < 500 else f"error {code}")


def expected(access, role):
    if role in access.allowed:
        return "in"
    return "hidden" if access.is_hidden or role in access.hidden_from else "refused"


class Caller:
    """Somebody who asks, each time anew: what an answer does to cookies stays out of the next."""

    def __init__(self, client):
        self.cookies = client.cookies
        self.defaults = client.defaults

    def meets(self, method, path, access):
        """Return what the caller meets, and the answer; nothing that was changed stays."""
        client = Client(**self.defaults)
        client.cookies.load({name: morsel.value for name, morsel in self.cookies.items()})
        with transaction.atomic():
            response = ask(client, method, path, access)
            transaction.set_rollback(True)
        return meaning(response), response


def signed_in(user):
    client = Client()
    client.force_login(user)
    return Caller(client)


def presenting(issued):
    return Caller(client_with(issued))


def differing(found, wanted):
    """Return what is not as the table says, by route."""
    return {
        key: {who: (got, wanted[key][who]) for who, got in one.items() if got != wanted[key][who]}
        for key, one in found.items()
        if one != wanted[key]
    }


# --- Complete -------------------------------------------------------------------------------


def methods_of(route, pattern, client, values):
    """Return the methods that a route takes; None when its view takes all."""
    view = getattr(pattern.callback, "cls", None)
    if view is not None and issubclass(view, APIView):
        return {name.upper() for name in view.http_method_names if hasattr(view, name)} - {
            "OPTIONS",
            "HEAD",
        }
    response = client.generic(FOREIGN_METHOD, filled(route, values))
    if response.status_code != 405:
        return None
    # To Django's form views PUT is another word for POST.
    return set(response["Allow"].replace(" ", "").split(",")) - {"HEAD", "OPTIONS", "PUT"}


def test_every_route_has_a_row_for_each_of_its_methods(world, values):
    client, wrong = Client(), {}
    client.force_login(world.olive)
    for route, pattern in ADDRESSES.items():
        declared = {method for method, one in TABLE if one == route}
        taken = methods_of(route, pattern, client, values)
        if (taken is None and not declared) or (taken is not None and declared != taken):
            wrong[route] = f"takes {taken or 'anything'}, the table says {declared or 'nothing'}"
    assert wrong == {}, "Give each a row in tests/architecture/routes.py."


def test_no_row_is_of_a_route_that_is_gone():
    assert {route for _, route in TABLE} <= ADDRESSES.keys()


def test_every_operation_of_the_api_declares_its_scope():
    undeclared = [
        f"{method} {route}"
        for (method, route), access in TABLE.items()
        if issubclass(view := getattr(ADDRESSES[route].callback, "cls", object), APIView)
        and view.__module__.partition(".")[0] != "drf_spectacular"
        and access.scope is None
    ]
    assert undeclared == []


# --- True -----------------------------------------------------------------------------------

# A test has all routes: the world is made once, and every request is undone.
OPERATIONS = [key for key, access in TABLE.items() if access.scope]


def test_who_gets_in_by_session(world, values):
    people = {role: signed_in(getattr(world, name)) for role, name in PEOPLE.items()}
    found, wanted = {}, {}
    for (method, route), access in TABLE.items():
        path, key = filled(route, values), f"{method} {route}"
        found[key] = {
            role: caller.meets(method, path, access)[0] for role, caller in people.items()
        }
        found[key]["nobody"] = Caller(Client()).meets(method, path, access)[0]
        wanted[key] = {role: expected(access, role) for role in PEOPLE}
        wanted[key]["nobody"] = "in" if access.is_public else "sign in"
        if not access.by_session:
            wanted[key] = dict.fromkeys(wanted[key], "sign in")
    assert differing(found, wanted) == {}


def test_what_is_missing_is_missing_for_everybody(world, values):
    people = {role: signed_in(getattr(world, name)) for role, name in PEOPLE.items()}
    wrong = {}
    for (method, route), access in TABLE.items():
        if "<" not in route or access.is_public or not access.has_missing:
            continue
        path = filled(without(list(CONVERTER.finditer(route))[-1], route), values)
        # Who may not enter the place above it may be told so before it is looked for.
        is_inside = len(CONVERTER.findall(route)) > 1 or route.startswith("audit/")
        for role in (next(iter(sorted(access.allowed))), "outsider", "auditor"):
            met, _ = people[role].meets(method, path, access)
            may_be_refused = is_inside and role not in access.allowed
            if met != "hidden" and not (may_be_refused and met == "refused"):
                wrong[f"{method} {route}"] = (role, met)
    assert wrong == {}


def test_who_gets_in_by_token(world, values, now):
    callers = {
        scope: presenting(personal_token(world.bob, now=now, scopes=[scope], name=f"t{number}"))
        for number, scope in enumerate(Scope)
    }
    found, wanted = {}, {}
    for method, route in OPERATIONS:
        access, path, key = TABLE[method, route], filled(route, values), f"{method} {route}"
        found[key] = {
            scope: caller.meets(method, path, access)[0] for scope, caller in callers.items()
        }
        wanted[key] = dict.fromkeys(Scope, "refused") | access.others
        wanted[key][access.scope] = expected(access, "member")
    assert differing(found, wanted) == {}


PIPELINES = {
    "own": ("in", "hidden"),
    "any": ("in", "in"),
    "none": ("refused", "refused"),
    "person": ("refused", "hidden"),
    "member": ("in", "in"),
}


def test_what_a_pipeline_gets(world, values, now):
    own = presenting(pipeline_token(world.checkout, by=world.bob, now=now))
    other = presenting(pipeline_token(world.loans, by=world.charlie, now=now))
    found, wanted, shown = {}, {}, {}
    for method, route in OPERATIONS:
        access, path, key = TABLE[method, route], filled(route, values), f"{method} {route}"
        mine, _ = own.meets(method, path, access)
        theirs, foreign = other.meets(method, path, access)
        found[key] = {"own": mine, "other": theirs}
        wanted[key] = dict(zip(("own", "other"), PIPELINES[access.pipeline], strict=True))
        if access.pipeline == "member":
            assert foreign.status_code == 400, key
        if access.pipeline == "own":
            # What is another's looks as what is not there.
            places = list(CONVERTER.finditer(route))
            place = places[1] if route.startswith("api/v1/kpis/") else places[0]
            value = filled(route[: place.end()], values).rpartition("/")[2]
            _, missing = other.meets(method, filled(without(place, route), values), access)
            told = re.sub(rf"\b{value}\b", str(NOTHING[place[1]]), foreign.content.decode())
            if told != missing.content.decode():
                shown[key] = (told, missing.content.decode())
    assert differing(found, wanted) == {}
    assert shown == {}


def test_a_token_opens_no_page(world, values, now):
    caller = presenting(personal_token(world.olive, now=now, scopes=ALL))
    found = {
        key: caller.meets(key[0], filled(key[1], values), access)[0]
        for key, access in TABLE.items()
        if access.scope is None and not access.is_public
    }
    # The schema is for tools, so it is the one that is read by token.
    assert found.pop(("GET", "api/v1/schema/")) == "in"
    assert set(found.values()) == {"sign in"}, found


def without(place, route):
    """Return the route with what is nowhere at one of its converters."""
    return f"{route[: place.start()]}{NOTHING[place[1]]}{route[place.end() :]}"
