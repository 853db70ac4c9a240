"""Creates an account from the command line: the first of an installation, and all others."""

import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.accounts import services
from portal.accounts.models import Role

VARIABLE = "QUARTERDECK_PASSWORD"


class Command(BaseCommand):
    """`manage.py create_user ada@example.com --name "Ada Lovelace" --role operations`."""

    help = f"Creates an account. The password is asked for, or read from {VARIABLE}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--role", choices=[role.lower() for role in Role.values], default="engineer"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            user = services.create_user(
                email=options["email"],
                name=options["name"],
                role=Role(options["role"].upper()),
                password=os.environ.get(VARIABLE) or getpass(),
                actor="command:create_user",
                now=timezone.now(),
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except services.AddressTakenError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.email} can sign in as {user.get_role_display().lower()}.")
