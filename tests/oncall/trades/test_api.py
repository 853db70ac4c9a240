"""Swaps by API: asked, taken in part, decided; what is refused, and who sees nothing."""

from datetime import timedelta

import pytest

from oncall.models import Swap, SwapPolicy, SwapState
from portal.api.types import Scope
from tests.api.tokens import client_with, personal_token
from tests.architecture.calls.oncall_trades import asked, gap, named, trading
from tests.oncall.scene import on_call, people

pytestmark = pytest.mark.django_db
SWAPS = "/api/v1/swaps/"


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def by(now):
    """Return a function that gives somebody a client with a token for on-call."""
    found = {}

    def by(user):
        if user not in found:
            scopes = [Scope.ONCALL_READ, Scope.ONCALL_WRITE]
            name = user.name.lower()
            found[user] = client_with(personal_token(user, now=now, scopes=scopes, name=name))
        return found[user]

    return by


def post(client, path, **body):
    return client.post(path, body, content_type="application/json")


def first_shift(rota, person):
    return rota.shifts.filter(person=person, role="primary").order_by("starts_at").first()


def test_a_shift_is_asked_for_and_a_part_is_taken(world, by):
    rota = trading(world)
    shift = first_shift(rota, world.bob)
    made = post(by(world.bob), SWAPS, shift=shift.pk)
    assert made.status_code == 201
    assert made["Location"].endswith(f"{SWAPS}{made.json()['id']}/")
    assert (made.json()["state"], made.json()["asked"]) == ("open", None)
    fay = people(world, 6)[4]
    end = shift.starts_at + timedelta(hours=1)
    taken = post(
        by(fay),
        f"{SWAPS}{made.json()['id']}/accept/",
        starts_at=shift.starts_at.isoformat(),
        ends_at=end.isoformat(),
    )
    assert taken.status_code == 200
    assert (taken.json()["state"], taken.json()["taker"]) == ("done", fay.email)
    assert taken.json()["part_of"] == made.json()["id"]
    assert on_call(rota, shift.starts_at) == ["Fay"]


def test_an_offer_and_hours_in_return(world, by):
    rota = trading(world)
    fay = people(world, 6)[4]
    offered = post(by(fay), SWAPS, shift=first_shift(rota, world.bob).pk, taker=fay.email).json()
    assert (offered["is_offer"], offered["giver"]) == (True, world.bob.email)
    swap = post(
        by(world.bob), SWAPS, shift=first_shift(rota, world.bob).pk,
        back=first_shift(rota, fay).pk, reason="A wedding.",
    ).json()  # fmt: skip
    assert swap["asked"] == fay.email
    assert swap["back_starts_at"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"shift": 2**31 - 1}, "#/shift"),
        ({"back": 2**31 - 1}, "#/back"),
        ({"starts_at": "2026-03-09T20:00:00Z"}, "#/ends_at"),
        ({"starts_at": "2026-03-09T20:00:00", "ends_at": "2026-03-09T22:00:00Z"}, "#/starts_at"),
        ({"asked": "nobody@example.com"}, "#/asked"),
        ({"sort": 1}, "#/sort"),
    ],
)
def test_a_body_that_makes_no_sense_names_the_field(world, by, body, pointer):
    shift = first_shift(trading(world), world.bob)
    response = post(by(world.bob), SWAPS, **{"shift": shift.pk, **body})
    assert response.status_code == 400
    assert pointer in {fault.get("pointer") for fault in response.json()["errors"]}


def test_what_the_rules_forbid_is_a_422_with_the_why(world, by):
    swap = asked(world)
    secondary = swap.rota.shifts.get(role="secondary", starts_at=swap.starts_at).person
    response = post(by(secondary), f"{SWAPS}{swap.pk}/accept/")
    assert response.status_code == 422
    assert "nobody would stand behind" in response.json()["detail"]


def test_the_list_has_what_one_may_see(world, by):
    swap = named(world)
    found = by(world.bob).get(SWAPS, {"state": "open", "rota": swap.rota.slug}).json()
    assert [one["id"] for one in found["items"]] == [swap.pk]
    assert by(world.bob).get(SWAPS, {"state": "done"}).json()["items"] == []
    assert by(world.charlie).get(SWAPS).json()["items"] == []
    assert by(world.charlie).get(f"{SWAPS}{swap.pk}/").status_code == 404


def test_who_is_not_of_the_team_asks_and_offers_nothing(world, by):
    shift = first_shift(trading(world), world.bob)
    response = post(by(world.charlie), SWAPS, shift=shift.pk, taker=world.charlie.email)
    assert response.status_code == 403
    assert not Swap.objects.exists()


def test_the_lead_decides(world, by):
    rota = trading(world, swap_policy=SwapPolicy.ASK)
    swap = asked(world, rota=rota)
    agreed = post(by(people(world, 6)[4]), f"{SWAPS}{swap.pk}/accept/").json()
    assert agreed["state"] == "agreed"
    assert post(by(world.alice), f"{SWAPS}{swap.pk}/refuse/").status_code == 422
    done = post(by(world.alice), f"{SWAPS}{swap.pk}/approve/", answer="Fine.")
    assert done.json()["state"] == "done"
    assert Swap.objects.get(pk=swap.pk).state == SwapState.DONE


def test_declining_and_withdrawing(world, by):
    fay = people(world, 6)[4]
    swap = named(world)
    assert post(by(fay), f"{SWAPS}{swap.pk}/decline/").json()["state"] == "declined"
    again = post(by(world.bob), f"{SWAPS}{swap.pk}/withdraw/")
    assert again.status_code == 422
    assert again.json()["detail"] == "Fay has declined it."


def test_a_gap_is_covered(world, by):
    found = gap(world)
    gus = people(world, 6)[5]
    response = post(by(gus), f"/api/v1/gaps/{found.pk}/cover/")
    assert response.status_code == 200
    assert response.json()["person"] == gus.email
    assert on_call(found.rota, found.starts_at) == ["Gus"]
    assert post(by(gus), f"/api/v1/gaps/{found.pk}/cover/").status_code == 404


def test_the_rules_say_why(world, by):
    items = by(world.charlie).get("/api/v1/on-call/rules/").json()["items"]
    (most,) = [one for one in items if one["key"] == "share-most"]
    assert (most["threshold"], most["unit"], most["severity"]) == (50.0, "%", "refuse")
    assert most["why"]
