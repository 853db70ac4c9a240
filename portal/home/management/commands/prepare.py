"""Make the database ready for the portal: what `make up` runs before it starts anything."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from portal.core import health
from portal.home.services.demo.people import DEMO_PASSWORD, DEMO_SIGN_INS
from portal.scorecards.services.definitions import load_shipped


class Command(BaseCommand):
    """Migrate, fill an empty database with the demo company where that is allowed, and say who."""

    help = "Migrate, and make the demo company when there is nobody yet. Prints the sign-ins."

    def handle(self, *args: object, **options: object) -> None:  # noqa: ARG002
        """Carry the command out: progress goes to standard error, the sign-ins to output."""
        if health.database() != "ok":
            self.stderr.write("Making the tables.")
            call_command("migrate", interactive=False, verbosity=0)
        self.prepare_people()
        # After the demo company, which takes them in with the instants of its own history.
        load_shipped(now=timezone.now())

    def prepare_people(self) -> None:
        """Make the demo company where nobody is yet and that is allowed, and say who there is."""
        people = get_user_model()._default_manager  # noqa: SLF001 - Django's documented name
        if not people.exists():
            if not settings.DEMO_ALLOWED:
                self.stdout.write(
                    "Nobody has an account yet: make one with manage.py create_user."
                )
                return
            self.stderr.write("The database is empty: making the demo company.")
            call_command("seed_demo", stdout=self.stderr)
        emails = [sign_in.email for sign_in in DEMO_SIGN_INS]
        there = set(people.filter(email__in=emails).values_list("email", flat=True))
        demo = [sign_in for sign_in in DEMO_SIGN_INS if sign_in.email in there]
        if demo:
            width = max(len(sign_in.email) for sign_in in demo)
            self.stdout.write(f"Sign in with the password: {DEMO_PASSWORD}\n")
            for sign_in in demo:
                self.stdout.write(f"  {sign_in.email:<{width}}  {sign_in.look}")
