"""`manage.py rebuild_kpis`: reckon all KPIs anew from the facts."""

from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

from django.core.management import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from kpis import services
from portal.catalogue.models import Application

CORES = cpu_count() or 1


class Command(BaseCommand):
    """Reckon all KPIs anew from the facts, or those that one application counts in."""

    help = "Reckon all KPIs anew from the facts, or those that one application counts in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--application", metavar="SLUG", help="only where it counts")
        parser.add_argument(
            "--jobs",
            type=int,
            default=CORES,
            help="how many connections share the work",
        )

    def handle(self, *, application: str | None, jobs: int, **_options: object) -> None:
        """Mark everything, then recompute in several threads until nothing is marked."""
        found = None
        if application:
            found = Application.objects.filter(slug=application).first()
            if found is None:
                raise CommandError(f"There is no application “{application}”.")
        scopes = services.rebuild(
            application=found, actor="command:rebuild_kpis", now=timezone.now()
        )
        recompute_with(jobs)
        self.stdout.write(f"The KPIs of {scopes} scopes are computed anew.")


def recompute_with(jobs: int = CORES) -> None:
    """Recompute on so many connections at once until nothing is marked."""
    with ThreadPoolExecutor(max(jobs, 1)) as pool:
        list(pool.map(_drain, range(max(jobs, 1))))


def _drain(_job: int) -> None:
    """Recompute on a connection of this thread's own, in which PostgreSQL does most of the work."""
    try:
        services.recompute(now=timezone.now())
    finally:
        connections.close_all()
