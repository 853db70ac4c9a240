"""`manage.py import_rota`: make a rota of an export of PagerDuty, Opsgenie or Grafana OnCall."""

import argparse
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from oncall.adapters.imports import Imported, read
from oncall.models import Hours, Resolution
from oncall.rota import LayerDraft, WorkCalendar, chained
from oncall.rota import Rota as Definition
from oncall.rota.drafts import faults, layer_of
from oncall.selectors.people import people_called
from oncall.services.rotas import DefinitionError, RotaSlugError, create_rota
from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError
from portal.catalogue.models import Team
from portal.catalogue.selectors import teams_called

PREVIEWED = timedelta(days=28)


class Command(BaseCommand):
    """Reads an export, says what was not understood, shows the weeks ahead, makes the rota."""

    help = "Make a rota of an export of PagerDuty, Opsgenie or Grafana OnCall."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--team", required=True, metavar="SLUG")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="who makes it")
        parser.add_argument("--name", help="what to call it; default: as it was called")
        parser.add_argument(
            "--person", action="append", default=[], metavar="OLD=EMAIL", help="who somebody is"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would come")

    def handle(self, *_args: str, **options: Any) -> None:
        now = timezone.now()
        imported = _read(options["file"])
        team, actor = _team(options["team"]), _person(options["by"])
        people = _people(imported, options["person"])
        layers = [
            one.of({old: person.pk for old, person in people.items()}) for one in imported.layers
        ]
        if wrong := faults(layers, is_union=imported.is_union):
            raise CommandError("\n".join(f"layer {one.layer + 1}: {one.words}" for one in wrong))
        self._preview(imported, layers, team, people, now)
        if options["dry_run"]:
            self.stdout.write("Nothing was made.")
            return
        try:
            rota = create_rota(
                team=team,
                layers=layers,
                starts_at=now,
                actor=actor,
                now=now,
                name=options["name"] or imported.name,
                zone=imported.zone,
                hours=Hours.WEEKLY if any(one.windows for one in layers) else Hours.ALWAYS,
                resolution=Resolution.UNION if imported.is_union else Resolution.PRIORITY,
            )
        except (NotAllowedError, RotaSlugError, DefinitionError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{rota} is made: {rota.slug}.")

    def _preview(
        self,
        imported: Imported,
        layers: list[LayerDraft],
        team: Team,
        people: Mapping[str, User],
        now: datetime,
    ) -> None:
        calendar = WorkCalendar(
            ZoneInfo(imported.zone),
            frozenset(team.workdays),
            team.workday_starts_at,
            team.workday_ends_at,
        )
        definition = Definition(
            tuple(layer_of(one, calendar) for one in layers), (), is_union=imported.is_union
        )
        begins = min([now, *(start for start, _, _ in imported.told)])
        until = max([now + PREVIEWED, *(end for _, end, _ in imported.told)])
        shifts = chained([(begins, definition)], begins, until)
        names = {str(person.pk): person.name for person in people.values()}
        for shift in shifts:
            if shift.end > now and shift.start < now + PREVIEWED:
                span = f"{shift.start:%Y-%m-%d %H:%M} to {shift.end:%Y-%m-%d %H:%M}"
                self.stdout.write(f"{span} UTC  {names[shift.person]}")
        for start, end, who in imported.told:
            person = people.get(who)
            if person and not any(
                shift.person == str(person.pk) and shift.start <= start and end <= shift.end
                for shift in shifts
            ):
                self.stdout.write(f"DIFFERS: the export has {person} from {start} to {end}.")


def _read(path: Path) -> Imported:
    try:
        imported = read(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}.") from error
    if imported.faults:
        raise CommandError("\n".join(f"{one.path}: {one.words}" for one in imported.faults))
    return imported


def _team(slug: str) -> Team:
    found = teams_called(slug)
    if not found:
        raise CommandError(f"There is no team {slug}.")
    return found[0]


def _person(email: str) -> User:
    found = people_called([email])
    if not found:
        raise CommandError(f"Nobody active has the address {email}.")
    return found[email.lower()]


def _people(imported: Imported, pairs: list[str]) -> dict[str, User]:
    """Return who each person of the export is; all who are not known are told at once."""
    mapped = dict(pair.partition("=")[::2] for pair in pairs)
    wanted = {old: mapped.get(old, old).lower() for old in sorted(imported.people)}
    known = people_called(wanted.values())
    unknown = [old for old, email in wanted.items() if email not in known]
    if unknown:
        raise CommandError(
            "\n".join(
                f"Nobody active has the address {old}. Say who it is: --person {old}=EMAIL"
                for old in unknown
            )
        )
    return {old: known[email] for old, email in wanted.items()}
