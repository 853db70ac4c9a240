"""What `make up` does before it starts anything."""

from io import StringIO

import pytest
from django.core.management import call_command

from portal.accounts.models import User


@pytest.fixture
def said():
    return StringIO()


def test_an_empty_portal_of_production_is_told_how_to_make_the_first_account(db, settings, said):
    settings.DEMO_ALLOWED = False
    call_command("prepare", stdout=said, stderr=StringIO())
    assert said.getvalue() == "Nobody has an account yet: make one with manage.py create_user.\n"
    assert not User.objects.exists()


def test_a_portal_with_people_is_left_as_it_is(world, said):
    before = User.objects.count()
    call_command("prepare", stdout=said, stderr=StringIO())
    assert (User.objects.count(), said.getvalue()) == (before, "")
