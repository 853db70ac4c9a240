"""`manage.py seed_demo`: fill an empty portal with the demo company and compute its KPIs."""

from argparse import ArgumentParser
from datetime import date

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from kpis.management.commands.rebuild_kpis import recompute_with
from portal.home.services.demo.bulk import vacuum
from portal.home.services.demo.company import STANDARD_APPLICATIONS
from portal.home.services.demo.load import (
    AlreadySeededError,
    PortalNotEmptyError,
    seed_demo,
    settle_catalogue_and_facts,
    settle_summaries,
)
from portal.home.services.demo.nights import NIGHT_TABLES, write_nights
from portal.home.services.demo.notices import NOTICE_TABLES, write_notices
from portal.home.services.demo.oncall import ONCALL_TABLES, write_oncall
from portal.home.services.demo.scorecards import SCORECARD_TABLES, write_scorecards


class Command(BaseCommand):
    """Write the demo company with two years of history; the same seed and day, the same facts."""

    help = "Fill an empty portal with the demo company and two years of its history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--applications", type=int, default=STANDARD_APPLICATIONS)
        parser.add_argument(
            "--deployments", type=int, help="about how many in all; default: as the teams work"
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--until", type=date.fromisoformat, help="the day that history ends before, YYYY-MM-DD"
        )
        parser.add_argument(
            "--force", action="store_true", help="add to a portal that already has users"
        )

    def handle(
        self,
        *_args: object,
        applications: int,
        deployments: int | None,
        seed: int,
        until: date | None,
        force: bool,
        **_options: object,
    ) -> None:
        if not settings.DEMO_ALLOWED:
            raise CommandError(
                "These settings do not allow the demo company: DEMO_ALLOWED is off."
            )
        now = timezone.now()
        try:
            seeded = seed_demo(
                applications=applications,
                deployments=deployments,
                seed=seed,
                until=until or now.date(),
                force=force,
                actor="command:seed_demo",
                now=now,
            )
        except (AlreadySeededError, PortalNotEmptyError, ValueError) as error:
            raise CommandError(str(error)) from error
        settle_catalogue_and_facts()
        recompute_with()
        settle_summaries()
        write_scorecards(until=until or now.date(), now=now)
        write_oncall(until=until or now.date(), now=now)
        write_notices(now=now)
        # After the notices: whether people are reached is a part of readiness.
        write_nights(until=until or now.date(), now=now)
        vacuum((*SCORECARD_TABLES, *ONCALL_TABLES, *NOTICE_TABLES, *NIGHT_TABLES))
        self.stdout.write(
            f"{seeded.applications} applications with {seeded.deployments} deployments."
        )
