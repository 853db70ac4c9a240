"""Whose shifts a change of a rota made others is told once, but not who made it."""

from oncall.services.rotas import change_definition, change_rota, retire_rota
from portal.notifications.models import Notice
from tests.conftest import NOW
from tests.oncall.scene import layers, people, rota


def told():
    return sorted(Notice.objects.values_list("user__name", "title"))


def test_a_new_definition_tells_each_person_once(world):
    some = people(world)
    one = rota(world, some)
    Notice.objects.all().delete()
    change_definition(
        rota=one, layers=layers(some[::-1]), starts_at=NOW, seen=1, actor=world.alice, now=NOW
    )
    names = sorted(person.name for person in some if person != world.alice)
    assert told() == [(name, "Your shifts in Acquiring at night changed") for name in names]


def test_what_changes_no_shift_tells_nobody(world):
    one = rota(world)
    Notice.objects.all().delete()
    change_rota(rota=one, seen=1, actor=world.alice, now=NOW, name="Nights")
    assert told() == []


def test_the_end_of_a_rota_is_told(world):
    one = rota(world, people(world, 2))
    Notice.objects.all().delete()
    retire_rota(rota=one, reason="", actor=world.alice, now=NOW)
    assert [name for name, _ in told()] == ["Bob"]
