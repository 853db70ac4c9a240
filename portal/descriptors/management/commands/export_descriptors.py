"""`manage.py export_descriptors`: the catalogue as descriptors."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.catalogue.models import Application, System, Team
from portal.descriptors.services import exports

MODELS: dict[str, type[Application | System | Team]] = {
    "application": Application,
    "system": System,
    "team": Team,
}


class Command(BaseCommand):
    """Writes descriptors to a file or to standard output."""

    help = "Write the catalogue, or a part of it, as descriptors (catalog-info.yaml)."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        one = parser.add_mutually_exclusive_group()
        for name in MODELS:
            one.add_argument(f"--{name}", metavar="SLUG")
        parser.add_argument("--output", metavar="FILE", help="instead of standard output")

    def handle(self, *_args: str, **options: Any) -> None:
        chosen = next((name for name in MODELS if options[name]), "")
        what = _found(chosen, options[chosen]) if chosen else None
        export = exports.export_of(None, what)
        exports.record_export(
            of=what.label if what else "catalogue:descriptors",
            entities=export.entities,
            actor="command:export_descriptors",
            now=timezone.now(),
        )
        if options["output"]:
            Path(options["output"]).write_text(export.text)
        else:
            self.stdout.write(export.text, ending="")
        for slug in export.unowned:
            self.stderr.write(f"{slug} has no owner and was left out.")


def _found(name: str, slug: str) -> Application | System | Team:
    found = MODELS[name].objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no {name} {slug}.")
    return found
