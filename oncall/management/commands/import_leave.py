"""`manage.py import_leave`: tell when somebody is away by their calendar."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from oncall.adapters.ical import LARGEST
from oncall.selectors.calendars import absences_in
from oncall.selectors.people import people_called
from oncall.selectors.previews import preview_leave
from oncall.services.leave import LeaveError, import_leave, periods_of, source_of
from portal.accounts.policies import NotAllowedError


class Command(BaseCommand):
    """Reads a calendar, says what of it is leave, what that opens, and what was not understood."""

    help = "Tell when somebody is away by an .ics file: what lasts half a day, 180 days ahead."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--person", required=True, metavar="EMAIL", help="who is away")
        parser.add_argument(
            "--notes", action="store_true", help="keep the names of events as notes"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would come")

    def handle(self, *_args: str, **options: Any) -> None:
        now = timezone.now()
        data = _read(options["file"])
        people = people_called([options["person"]])
        if not people:
            raise CommandError(f"Nobody active has the address {options['person']}.")
        [person] = people.values()
        found = absences_in(data, person, now=now)
        for trouble in found.troubles:
            self.stderr.write(f"line {trouble.line}: {trouble.words}")
        for one in found.listed:
            word = "TOLD" if one.is_told else "ADD" if one.is_ticked else "SKIP"
            event = one.event
            span = f"{event.start:%Y-%m-%d %H:%M} to {event.end:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(f"{word:5}  {span}  {event.summary}")
        for preview in preview_leave([one.leave_of(person) for one in found.chosen], now=now):
            for turn in preview.opens:
                self.stdout.write(
                    f"OPENS  {turn.span.start:%Y-%m-%d %H:%M} to {turn.span.end:%Y-%m-%d %H:%M} UTC"
                    f"  {turn.role.label} in {preview.rota}"
                )
        if found.left_out:
            self.stdout.write(f"{found.left_out} more are left out: take it in again after this.")
        if options["dry_run"]:
            self.stdout.write("Nothing was told.")
            return
        try:
            imported = import_leave(
                person=person,
                periods=periods_of(found, has_notes=options["notes"]),
                source=source_of(options["file"].name),
                actor=person,
                now=now,
            )
        except (LeaveError, NotAllowedError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{imported}.")


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise CommandError(f"{path} is larger than 1 MiB. Export fewer months.")
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error}.") from error
