"""Every address is private unless it is listed here."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

# Addresses that anybody may open, by pattern: signing in, out, and getting a new password.
PUBLIC = {
    "healthz/live",
    "healthz/ready",
    "metrics",
    "accounts/login/",
    "accounts/logout/",
    "accounts/inactive/",
    "accounts/signup/",
    "accounts/password/reset/",
    "accounts/password/reset/sent/",
    "accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/",
    "accounts/password/reset/done/",
    # Calendars cannot sign in: their address is the secret.
    "oncall/feeds/<str:token>.ics",
    "oncall/feeds/<str:token>/<slug:slug>.svg",
}
# One value for each converter that patterns use.
SAMPLES = {
    "slug": "checkout",
    "str": "checkout",
    "int": 1,
    "uuid": "7c0f4a2e-5a7d-4a55-8a8b-1f3c0f6d9d11",
    "path": "a/b",
}


def patterns(resolver, prefix=""):
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry


ADDRESSES = dict(patterns(get_resolver()))


def address(route, pattern):
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        for written in (f"<{kind}:{name}>", f"<{name}>"):
            route = route.replace(written, str(SAMPLES[kind]))
    return f"/{route}"


@pytest.mark.parametrize("route", sorted(ADDRESSES.keys() - PUBLIC))
def test_an_address_asks_who_it_is_first(client, db, route):
    path = address(route, ADDRESSES[route])
    assert not set(path) & set("<>()?\\"), f"no sample for {path}"
    for response in (client.get(path), client.post(path)):
        if response.status_code == 302:
            assert response["Location"].startswith("/accounts/login/"), path
        else:
            assert response.status_code in {401, 403}, path


def test_the_public_addresses_exist():
    assert ADDRESSES.keys() >= PUBLIC
