"""The pages of rotas: the list, making one step by step, changing one, ending it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oncall.models import Layer, Rota
from oncall.services.rotas import change_rota, retire_rota
from portal.audit.models import Entry
from tests.oncall.scene import layers, on_call, people, rota

BUDGET = 12
# The calendar's picture, the layers with their people and the versions, whatever their number.
ONE_ROTA = 20
# The layers, the plan with its exceptions, and the stored shifts that it is compared with.
EDITOR = 22


@pytest.fixture(autouse=True)
def _clock(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def as_alice(client, world):
    client.force_login(world.alice)
    return client


def text_of(response, status=200):
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def typed(page):
    """Return what the form of a page would send."""
    editor = page.context["editor"]
    data = dict(editor.typed.values) | {"layers": str(len(editor.typed.layers))}
    for number, layer in enumerate(editor.typed.layers):
        data |= {f"layer-{number}-{name}": value for name, value in layer.values.items()}
        data[f"layer-{number}-people"] = list(map(str, layer.people))
        data[f"layer-{number}-sharing"] = list(map(str, layer.sharing))
    return data


def press(client, page, button, **changes):
    """Press a button of the form, after typing."""
    return client.post(page.request["PATH_INFO"], {**typed(page), **changes, "do": button})


# --- The list ---------------------------------------------------------------------------------


def test_without_rotas_the_first_step_is_there_for_who_may(as_alice, client, world):
    assert "Make the first one" in text_of(as_alice.get("/oncall/rotas/"))
    client.force_login(world.bob)
    page = text_of(client.get("/oncall/rotas/"))
    assert "No rota yet" in page
    assert "/oncall/rotas/new/" not in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Acquiring at night"}),
        ("q=night", {"Acquiring at night"}),
        ("q=cards", set()),
        ("team=payments", {"Acquiring at night"}),
        ("team=lending", set()),
        ("team=nobody", set()),
        ("state=retired", {"Old"}),
        ("state=central", set()),
        ("state=gaps", set()),
        ("state=odd", set()),
    ],
)
def test_the_list_is_narrowed(as_alice, world, now, query, names):
    rota(world)
    old = rota(world, name="Old")
    retire_rota(rota=old, reason="", actor=world.alice, now=now)
    page = text_of(as_alice.get(f"/oncall/rotas/?{query}"))
    assert {name for name in ("Acquiring at night", "Old") if f">{name}</a>" in page} == names
    assert ("No rota fits" in page) is not names or bool(names)


def test_the_list_says_who_is_on_call_now(as_alice, world, time_machine, now):
    rota(world)
    time_machine.move_to(now + timedelta(hours=10), tick=False)
    page = text_of(as_alice.get("/oncall/rotas/"))
    assert 'Alice <span class="muted small">primary</span>' in page


def test_the_list_costs_the_same_for_many(as_alice, world):
    for number in range(12):
        rota(world, name=f"Rota {number}")
    with CaptureQueriesContext(connection) as queries:
        as_alice.get("/oncall/rotas/")
    assert len(queries) <= BUDGET


def test_the_export_is_on_record(as_alice, world):
    rota(world, name="=cmd()")
    response = as_alice.get("/oncall/rotas/export.csv?q=cmd")
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert lines[1].startswith("'=cmd(),cmd,acquiring,Europe/London,Out of hours,,15,False,")
    assert Entry.objects.latest("pk").event == "oncall.rotas.exported"


# --- One rota ---------------------------------------------------------------------------------


def test_a_rota_shows_its_versions_and_its_buttons_by_permission(as_alice, client, world):
    one = rota(world)
    page = text_of(as_alice.get(one.get_absolute_url()))
    assert "Change turns" in page
    assert "Counts" in page
    client.force_login(world.bob)
    page = text_of(client.get(one.get_absolute_url()))
    assert "Change turns" not in page
    assert "Versions" in page


def test_a_rota_costs_few_queries(as_alice, world):
    one = rota(world)
    with CaptureQueriesContext(connection) as queries:
        as_alice.get(one.get_absolute_url())
    assert len(queries) <= ONE_ROTA


# --- Making one -------------------------------------------------------------------------------


def test_a_rota_is_made_without_javascript(as_alice, world):
    people(world)
    page = as_alice.get("/oncall/rotas/new/")
    page = press(as_alice, page, "template:weekly")
    page = press(as_alice, page, "all:0")
    assert page.context["editor"].preview.has_gaps is False
    assert "The next six weeks" in text_of(page)
    response = press(as_alice, page, "save", when="now")
    one = Rota.objects.get()
    assert response["Location"] == one.get_absolute_url()
    assert one.name == "Acquiring on call"
    assert one.zone == "Asia/Kolkata"
    secondary = Layer.objects.get(role="secondary")
    assert [each.person.name for each in secondary.participants.all()] == [
        "Alice", "Bob", "Dora", "Emil",
    ]  # fmt: skip


def test_a_template_without_people_yet_is_no_fault(as_alice, world):
    page = press(as_alice, as_alice.get("/oncall/rotas/new/"), "template:weekly")
    assert "stand here once somebody takes turns" in text_of(page)
    assert "Before there is a preview" not in text_of(page)
    assert "Name at least one person" in text_of(press(as_alice, page, "preview"))


def test_people_are_added_moved_and_taken_out(as_alice, world):
    some = people(world)
    page = press(as_alice, as_alice.get("/oncall/rotas/new/"), "template:blank")
    page = press(as_alice, page, "all:0")
    page = press(as_alice, page, f"up:0:{some[2].pk}")
    page = press(as_alice, page, f"down:0:{some[0].pk}")
    page = press(as_alice, page, f"remove:0:{some[3].pk}")
    page = press(as_alice, page, "enter", **{"layer-0-who": "charlie"})
    names = [one.name for one in page.context["editor"].layers[0].people]
    assert names == ["Dora", "Alice", "Bob", "Charlie"]


def test_whom_nobody_knows_is_told_at_the_field(as_alice, world):
    page = press(as_alice, as_alice.get("/oncall/rotas/new/"), "template:blank")
    page = press(as_alice, page, "preview", **{"layer-0-who": "nemo"})
    text = text_of(page)
    assert "Nobody is called “nemo”" in text
    assert 'value="nemo"' in text
    assert page.context["editor"].preview is None


@pytest.mark.parametrize("key", ["weekly", "sun", "nights", "weekends", "always", "blank"])
def test_each_template_covers_its_hours_once_there_are_people(as_alice, world, key):
    people(world)
    page = press(as_alice, as_alice.get("/oncall/rotas/new/"), f"template:{key}")
    for number in range(len(page.context["editor"].typed.layers)):
        page = press(as_alice, page, f"all:{number}")
    found = page.context["editor"]
    assert found.mends == []
    assert not found.preview.has_gaps


def test_what_is_typed_stays_when_something_is_wrong(as_alice, world):
    page = press(as_alice, as_alice.get("/oncall/rotas/new/"), "template:blank")
    page = press(
        as_alice,
        page,
        "save",
        name="Nights of ours",
        **{"layer-0-windows": "nights", "zone": "Mars"},
    )
    text = text_of(page)
    assert 'value="Nights of ours"' in text
    assert "is not a time zone" in text
    assert "no span of the week" in text
    assert not Rota.objects.exists()


def test_a_fault_of_the_definition_stands_at_its_field(as_alice, world):
    page = press(as_alice, as_alice.get("/oncall/rotas/new/"), "template:blank")
    page = press(as_alice, page, "save")
    assert "Name at least one person" in str(page.context["editor"].layer_forms[0]["who"].errors)


def test_nobody_makes_a_rota_of_a_team_that_is_not_theirs(as_alice, world):
    page = press(as_alice, as_alice.get("/oncall/rotas/new/"), "team", team="lending")
    assert "Only leads of Lending" in text_of(page)
    assert page.context["editor"].team is None


def test_two_rotas_of_one_name_are_told_apart(as_alice, world):
    rota(world, name="Acquiring on call")
    page = press(as_alice, as_alice.get("/oncall/rotas/new/"), "template:weekly")
    page = press(as_alice, page, "all:0")
    assert "Choose another name" in text_of(press(as_alice, page, "save"))


def test_layers_come_above_and_go(as_alice, world):
    page = press(as_alice, as_alice.get("/oncall/rotas/new/"), "template:blank")
    page = press(as_alice, page, "layer")
    assert [one.values["priority"] for one in page.context["editor"].typed.layers] == ["0", "1"]
    page = press(as_alice, page, "drop:0")
    page = press(as_alice, page, "drop:0")
    assert [one.values["name"] for one in page.context["editor"].typed.layers] == ["Layer 2"]


@pytest.mark.parametrize("button", ["up:9:9", "add:0:x", "drop:99", "nonsense", "", "up:0:-1"])
def test_a_button_that_there_is_not_changes_nothing(as_alice, world, button):
    page = press(as_alice, as_alice.get("/oncall/rotas/new/"), "template:blank")
    before = typed(page)
    assert typed(press(as_alice, page, button)) == before


# --- Changing one -----------------------------------------------------------------------------


def test_a_change_shows_what_it_changes_and_then_counts(as_alice, world, now):
    some = people(world)
    one = rota(world, some)
    page = as_alice.get(f"{one.get_absolute_url()}edit/")
    assert page.context["editor"].comparison.changes == []
    page = press(as_alice, page, f"up:0:{some[1].pk}", when="now")
    text = text_of(page)
    assert "What changes" in text
    assert "<del>Alice</del> <ins>Bob</ins>" in text
    press(as_alice, page, "save", reason="Alice is at sea.")
    assert on_call(one, now + timedelta(hours=10)) == ["Bob"]
    version = one.versions.get(number=2)
    assert (version.reason, version.starts_at) == ("Alice is at sea.", now)


def test_a_change_counts_from_the_next_hand_off_or_a_day(as_alice, world):
    one = rota(world)
    page = as_alice.get(f"{one.get_absolute_url()}edit/")
    assert page.context["editor"].starts_at.isoformat() == "2026-03-09T09:00:00+00:00"
    page = press(as_alice, page, "preview", when="day", from_day="2026-03-30", from_time="09:00")
    assert page.context["editor"].starts_at.isoformat() == "2026-03-30T08:00:00+00:00"
    page = press(as_alice, page, "save", when="day", from_day="2028-03-30")
    assert "more than a year" in text_of(page)


def test_who_saves_what_another_has_changed_keeps_what_they_typed(as_alice, world, now):
    some = people(world)
    one = rota(world, some)
    page = as_alice.get(f"{one.get_absolute_url()}edit/")
    change_rota(rota=one, seen=1, actor=world.olive, now=now, response_minutes=5)
    page = press(as_alice, page, "save", reason="Mine", when="now")
    text = text_of(page)
    assert "while you had it open" in text
    assert 'value="Mine"' in text
    assert press(as_alice, page, "save").status_code == 302


def test_going_back_is_an_edit_with_the_older_definition(as_alice, world):
    some = people(world)
    one = rota(world, some)
    page = as_alice.get(f"{one.get_absolute_url()}edit/")
    page = press(as_alice, page, f"remove:0:{some[0].pk}", when="now")
    press(as_alice, page, "save")
    page = as_alice.get(f"{one.get_absolute_url()}edit/?version=1")
    assert page.context["editor"].typed.layers[0].people == [person.pk for person in some]
    assert page.context["editor"].typed.layers[1].values["same"] == "on"
    press(as_alice, page, "save", when="now")
    assert Layer.objects.filter(version__number=3).count() == len(layers(some))


def test_settings_are_changed_and_a_stale_form_keeps_its_values(as_alice, world, now):
    one = rota(world)
    address = f"{one.get_absolute_url()}settings/"
    values = {
        "name": "Nights", "zone": "europe/paris", "hours": "ALWAYS", "response_minutes": "5",
        "resolution": "PRIORITY", "swap_policy": "ASK", "seen": "1",
    }  # fmt: skip
    assert as_alice.post(address, values).status_code == 302
    one.refresh_from_db()
    assert (one.name, one.zone, one.hours, one.response_minutes) == (
        "Nights", "Europe/Paris", "ALWAYS", 5,
    )  # fmt: skip
    page = as_alice.post(address, values | {"name": "Evenings"})
    text = text_of(page)
    assert "while you had it open" in text
    assert 'value="Evenings"' in text
    assert 'name="seen" value="2"' in text


def test_a_rota_is_retired_with_a_reason(as_alice, world):
    one = rota(world)
    as_alice.post(f"{one.get_absolute_url()}retire/")
    one.refresh_from_db()
    assert one.retired_at is None
    as_alice.post(f"{one.get_absolute_url()}retire/", {"reason": "Merged."})
    assert "Nobody is on call here any more" in text_of(as_alice.get(one.get_absolute_url()))
    page = as_alice.get(f"{one.get_absolute_url()}edit/")
    assert "is retired" in text_of(press(as_alice, page, "save", when="now"))


def test_operations_make_a_rota_the_central_support(client, world):
    one = rota(world)
    client.force_login(world.olive)
    assert "Make it the central support" in text_of(client.get(one.get_absolute_url()))
    client.post(f"{one.get_absolute_url()}central/")
    one.refresh_from_db()
    assert one.is_central
    assert "still" not in text_of(client.get(one.get_absolute_url()))
    client.post(f"{one.get_absolute_url()}retire/", {"reason": "No."})
    one.refresh_from_db()
    assert one.retired_at is None


@pytest.mark.parametrize("place", ["new/", "acquiring-at-night/edit/"])
def test_the_editor_costs_few_queries(as_alice, world, place):
    rota(world)
    with CaptureQueriesContext(connection) as queries:
        as_alice.get(f"/oncall/rotas/{place}")
    assert len(queries) <= EDITOR
