"""`manage.py replay_events`: the operators' door to process failed events once more."""

import argparse
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.catalogue.selectors import slug_holder
from portal.integrations.selectors.events import events, failed_ids
from portal.integrations.services.replay import replay_events
from portal.integrations.types.kinds import KINDS


class Command(BaseCommand):
    """Lets failed events wait for a worker again, once what was the matter is mended."""

    help = "Replay the events that failed, all of them or those that match."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--application", metavar="SLUG")
        parser.add_argument("--type", metavar="TYPE", help="such as deployment")
        parser.add_argument("--since", metavar="DATE", help="that came in then or later: ISO 8601")
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *_args: str, **options: Any) -> None:
        found = events()
        if slug := options["application"]:
            application = slug_holder(slug)
            if application is None:
                raise CommandError(f"There is no application {slug}.")
            found = found.filter(application=application)
        if type_ := options["type"]:
            if type_ not in KINDS:
                raise CommandError(f"There is no type {type_}. See docs/events.md.")
            found = found.filter(type=type_)
        if options["since"]:
            found = found.filter(received_at__gte=_instant(options["since"]))
        if options["dry_run"]:
            number = len(failed_ids(found))
            self.stdout.write(f"{_events(number, 'failed event')} would be replayed.")
            return
        total = 0
        while ids := failed_ids(found):
            done = replay_events(ids=ids, actor="command:replay_events", now=timezone.now())
            total += done
            if not done:  # somebody else was quicker
                break
        wait = "waits" if total == 1 else "wait"
        self.stdout.write(
            f"{_events(total, 'event')} {wait} to be processed again."
            if total
            else "No failed event matches."
        )


def _instant(written: str) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        raise CommandError("--since is a date or an instant, such as 2026-03-04.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _events(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
