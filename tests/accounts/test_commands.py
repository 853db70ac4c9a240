"""The command that creates accounts."""

import pytest
from django.core.management import CommandError, call_command

from portal.accounts.models import Role, User

PASSWORD = "staple the correct horse"


def create(email="ada@example.com", **options):
    call_command("create_user", email, name="Ada", **options)


def test_the_password_comes_from_the_environment(db, monkeypatch, capsys):
    monkeypatch.setenv("QUARTERDECK_PASSWORD", PASSWORD)
    create(role="operations")
    user = User.objects.get(email="ada@example.com")
    assert user.role == Role.OPERATIONS
    assert user.check_password(PASSWORD)
    assert capsys.readouterr().out == "ada@example.com can sign in as operations.\n"


def test_the_password_is_asked_for(db, monkeypatch):
    monkeypatch.delenv("QUARTERDECK_PASSWORD", raising=False)
    monkeypatch.setattr(
        "portal.accounts.management.commands.create_user.getpass", lambda: PASSWORD
    )
    create()
    user = User.objects.get(email="ada@example.com")
    assert user.role == Role.ENGINEER
    assert user.check_password(PASSWORD)


def test_what_is_wrong_is_said(db, monkeypatch):
    monkeypatch.setenv("QUARTERDECK_PASSWORD", "short")
    with pytest.raises(CommandError, match="too short"):
        create()
    monkeypatch.setenv("QUARTERDECK_PASSWORD", PASSWORD)
    create()
    with pytest.raises(CommandError, match="has an account already"):
        create()
