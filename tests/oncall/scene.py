"""A rota of Acquiring: week by week, out of hours, a secondary who is next week's primary."""

from datetime import UTC, date, datetime, time, timedelta

from oncall.models import Rota
from oncall.rota import LayerDraft
from oncall.services.rotas import create_rota
from portal.accounts.models import User
from portal.catalogue.models import TeamRole
from tests.conftest import NOW
from tests.factories import MembershipFactory, UserFactory

MONDAY = date(2026, 3, 2)
BEGINS = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(text):
    """Read an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def people(world, number=4):
    """Return people of Acquiring: Alice, Bob, and as many more as it takes."""
    found = [world.alice, world.bob]
    for name in ("dora", "emil", "fay", "gus", "hana", "ivo")[: number - 2]:
        person = User.objects.filter(email=f"{name}@example.com").first()
        if person is None:
            person = UserFactory.create(email=f"{name}@example.com", name=name.title())
            MembershipFactory.create(team=world.acquiring, user=person, role=TeamRole.MEMBER)
        found.append(person)
    return found


def layer(some, **values):
    """Return a weekly layer in which each takes a turn alone, hand-off on Mondays at nine."""
    return LayerDraft(
        **{
            "name": "Primary",
            "groups": tuple((person.pk,) for person in some),
            "begins_on": MONDAY,
            "handoff_at": time(9),
            **values,
        }
    )


def layers(some, **values):
    """Return primaries and secondaries, these a week ahead in the order."""
    return [
        layer(some, **values),
        layer(some, name="Secondary", role="secondary", ahead=1, **values),
    ]


def rota(world, some=None, *, now=NOW, starts_at=None, drafts=None, actor=None, **values) -> Rota:
    """Make a rota as Alice would, in London's time, from the day before now on."""
    return create_rota(
        team=values.pop("team", world.acquiring),
        layers=drafts or layers(some or people(world)),
        starts_at=starts_at or now - timedelta(hours=20),
        actor=actor or world.alice,
        now=now,
        **{"name": "Acquiring at night", "zone": "Europe/London", **values},
    )


def on_call(rota, at, role="primary"):
    """Return the names of those on call in a role at an instant."""
    found = rota.shifts.filter(role=role, starts_at__lte=at, ends_at__gt=at)
    return sorted(shift.person.name for shift in found.select_related("person"))
