"""Ways, notices and deliveries for tests, written as the services write them."""

from django.db import transaction

from portal.core.sealing import digest, seal
from portal.notifications.models import ContactWay, Notice, WayKind
from portal.notifications.services import notify
from portal.notifications.services.ways import send_test
from tests.conftest import NOW

KIND = "oncall.swap.asked"


def way(user, kind=WayKind.MAIL, *, address="", label="", verified_at=NOW, **fields):
    """Return a contact way of a person, verified unless told otherwise."""
    position = ContactWay.objects.filter(user=user).count()
    address = address or f"{user.name.lower()}+{position}@example.com"
    return ContactWay.objects.create(
        user=user,
        kind=kind,
        sealed_address=seal(address),
        address_digest=digest(address),
        label=label or f"{kind} of {user.name}",
        position=position,
        created_at=NOW,
        verified_at=verified_at,
        **{"last_test_answered_at": verified_at} | fields,
    )


def tell(*people, now=NOW, key="swap:1", **changed):
    """Tell people that somebody asks for a swap; return how many were told."""
    told = {
        "kind": KIND,
        "title": "Alice asks you to take Tuesday night",
        "text": "Tue 3 Mar, 18:00 to Wed 4 Mar, 09:00.",
        "url": "/teams/acquiring/",
    }
    with transaction.atomic():
        return notify(people=people, now=now, key=key, **told | changed)


def notice(world, user=None, **changed):
    """Return a notice of Bob, or of somebody else."""
    user = user or world.bob
    tell(user, **changed)
    return Notice.objects.filter(user=user).latest("pk")


def asked_way(user, *, now=NOW, **fields):
    """Return a way of a person with a test that waits for an answer."""
    found = way(user, **{"verified_at": None} | fields)
    send_test(way=found, actor=user, now=now)
    found.refresh_from_db()
    return found
