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
        for depth in (2, 1):
            key = "/".join(before[-depth:])
            if key in values:
                return str(values[key])
        raise AssertionError(f"{found[0]} of {route} has no value: add it to `parameters`.")

    return f"/{CONVERTER.sub(value, route)}"


def outcome(client, method, path, access):
    """Return what somebody meets, and the answer; nothing that was changed stays."""
    with transaction.atomic():
        response = ask(client, method, path, access)
        transaction.set_rollback(True)
    return meaning(response), response


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
    return "hidden" if access.is_hidden else "refused"


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


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
    client, wrong = signed_in(world.olive), {}
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

TOKENS = [key for key, access in TABLE.items() if access.scope]


@pytest.mark.parametrize(("method", "route"), TABLE)
def test_who_gets_in_by_session(world, values, method, route):
    access, path = TABLE[method, route], filled(route, values)
    clients = {role: signed_in(getattr(world, name)) for role, name in PEOPLE.items()}
    found = {role: outcome(one, method, path, access)[0] for role, one in clients.items()}
    if not access.by_session:
        assert set(found.values()) == {"sign in"}
        return
    assert found == {role: expected(access, role) for role in PEOPLE}
    nobody, _ = outcome(Client(), method, path, access)
    assert nobody == ("in" if access.is_public else "sign in")
    if "<" in route and not access.is_public and access.has_missing:
        path = filled(without(list(CONVERTER.finditer(route))[-1], route), values)
        found = {role: outcome(one, method, path, access)[0] for role, one in clients.items()}
        # Who may not enter the place above it may be told so before it is looked for.
        is_inside = len(CONVERTER.findall(route)) > 1 or route.startswith("audit/")
        shut = "refused" if is_inside and not access.is_hidden else "hidden"
        assert found == {
            role: "hidden" if role in access.allowed else found[role] for role in PEOPLE
        }
        assert set(found.values()) <= {"hidden", shut}


@pytest.mark.parametrize(("method", "route"), TOKENS)
def test_who_gets_in_by_token(world, values, now, method, route):
    access, path = TABLE[method, route], filled(route, values)
    found = {}
    for number, scope in enumerate(Scope):
        token = personal_token(world.bob, now=now, scopes=[scope], name=f"t{number}")
        found[scope] = outcome(client_with(token), method, path, access)[0]
    wanted = dict.fromkeys(Scope, "refused") | access.others
    assert found == wanted | {access.scope: expected(access, "member")}


@pytest.mark.parametrize(("method", "route"), TOKENS)
def test_what_a_pipeline_gets(world, values, now, method, route):
    access, path = TABLE[method, route], filled(route, values)
    own = client_with(pipeline_token(world.checkout, by=world.bob, now=now))
    other = client_with(pipeline_token(world.loans, by=world.charlie, now=now))
    mine, _ = outcome(own, method, path, access)
    theirs, foreign = outcome(other, method, path, access)
    if access.pipeline == "member":
        assert foreign.status_code == 400
    assert (mine, theirs) == {
        "own": ("in", "hidden"),
        "any": ("in", "in"),
        "none": ("refused", "refused"),
        "person": ("refused", "hidden"),
        "member": ("in", "in"),
    }[access.pipeline]
    if access.pipeline == "own":
        # What is another's looks as what is not there.
        places = list(CONVERTER.finditer(route))
        assert places, "Say `any` or `member` of what has no place of its own."
        place = places[1] if route.startswith("api/v1/kpis/") else places[0]
        value = filled(route[: place.end()], values).rpartition("/")[2]
        _, missing = outcome(other, method, filled(without(place, route), values), access)
        told = foreign.content.decode().replace(value, str(NOTHING[place[1]]))
        assert told == missing.content.decode()


def test_a_token_opens_no_page(world, values, now):
    client = client_with(personal_token(world.olive, now=now, scopes=ALL))
    found = {
        key: outcome(client, key[0], filled(key[1], values), access)[0]
        for key, access in TABLE.items()
        if access.scope is None and not access.is_public
    }
    # The schema is for tools, so it is the one that is read by token.
    assert found.pop(("GET", "api/v1/schema/")) == "in"
    assert set(found.values()) == {"sign in"}, found


def without(place, route):
    """Return the route with what is nowhere at one of its converters."""
    return f"{route[: place.start()]}{NOTHING[place[1]]}{route[place.end() :]}"
