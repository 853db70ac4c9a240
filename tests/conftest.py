"""The shared world of the tests.

Division Payments > department Cards > team Acquiring, which owns the application `checkout`.
Alice leads Acquiring, Bob is a member, Charlie is in another team. Olive is operations, Eve an
executive, Audrey an auditor.
"""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.db import connection

from portal.accounts.models import Role
from portal.catalogue.models import TeamKind, TeamRole
from tests.factories import (
    ApplicationFactory,
    EnvironmentFactory,
    MembershipFactory,
    RepositoryFactory,
    TeamFactory,
    UserFactory,
)

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let tests that commit flush the audit tables afterwards, which the portal never may."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("entry", "freetext", "leaf", "node", "checkpoint"):
            cursor.execute(f"ALTER TABLE audit_{table} DISABLE TRIGGER audit_{table}_table")


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def world(db):
    payments = TeamFactory.create(slug="payments", name="Payments", kind=TeamKind.DIVISION)
    cards = TeamFactory.create(
        slug="cards", name="Cards", kind=TeamKind.DEPARTMENT, parent=payments
    )
    acquiring = TeamFactory.create(
        slug="acquiring", name="Acquiring", parent=cards, zone="Asia/Kolkata"
    )
    lending = TeamFactory.create(slug="lending", name="Lending")
    people = {
        name: UserFactory.create(email=f"{name}@example.com", name=name.title(), role=role)
        for name, role in {
            "alice": Role.ENGINEER,
            "bob": Role.ENGINEER,
            "charlie": Role.ENGINEER,
            "olive": Role.OPERATIONS,
            "eve": Role.EXECUTIVE,
            "audrey": Role.AUDITOR,
        }.items()
    }
    MembershipFactory.create(team=acquiring, user=people["alice"], role=TeamRole.LEAD)
    MembershipFactory.create(team=acquiring, user=people["bob"])
    MembershipFactory.create(team=lending, user=people["charlie"])
    checkout = ApplicationFactory.create(slug="checkout", name="Checkout", owner=acquiring)
    loans = ApplicationFactory.create(slug="loans", name="Loans", owner=lending)
    return SimpleNamespace(
        payments=payments,
        cards=cards,
        acquiring=acquiring,
        lending=lending,
        checkout=checkout,
        loans=loans,
        production=EnvironmentFactory.create(application=checkout),
        repository=RepositoryFactory.create(application=checkout),
        **people,
    )
