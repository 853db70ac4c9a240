"""`manage.py apply_descriptors`: the operators' door to the catalogue as code."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.descriptors.plans.compare import Action, Plan, Source
from portal.descriptors.plans.showing import shown_steps, summary
from portal.descriptors.reading.files import File
from portal.descriptors.services.applying import Origin, apply_draft
from portal.descriptors.services.drafts import draft_of

BROKEN, DIFFERENT, LEFT = 1, 3, 4
SIGNS = {"create": "+", "change": "~", "conflict": "!", "refused": "!", "none": "="}


class Command(BaseCommand):
    """Applies descriptors with the rights of whoever may run commands at the server."""

    help = (
        "Apply descriptors (catalog-info.yaml). Exit status: 0 done, or nothing to do; 1 errors in"
        " the files; 2 wrong usage; 3 a dry run found differences; 4 something was left undone."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "files",
            nargs="+",
            metavar="FILE",
            help="a file, - for standard input, or a folder whose catalog-info.yaml files count",
        )
        parser.add_argument("--dry-run", action="store_true", help="show what would change")
        parser.add_argument(
            "--force", action="store_true", help="change also what another source keeps"
        )

    def handle(self, *_args: str, **options: Any) -> None:
        files = [file for name in options["files"] for file in _files(name)]
        origin = Origin(Source(takes_over=options["force"]), "command")
        draft = draft_of(files, None, origin.source)
        for finding in draft.findings:
            self.stderr.write(str(finding))
        if draft.errors:
            raise CommandError(_number_of_errors(len(draft.errors)), returncode=BROKEN)
        plan = draft.plan
        if not options["dry_run"]:
            plan = apply_draft(draft=draft, actor=None, now=timezone.now(), origin=origin)
        self._show(plan)
        if options["dry_run"] and plan.effective:
            sys.exit(DIFFERENT)
        if any(step.refusals or step.action is Action.CONFLICT for step in plan.steps):
            sys.exit(LEFT)

    def _show(self, plan: Plan) -> None:
        for step in shown_steps(plan):
            self.stdout.write(f"{SIGNS[step['action']]} {step['noun']} {step['slug']}")
            for change in step["changes"]:
                before = f"{change['before']} → " if change["before"] else ""
                self.stdout.write(f"    {change['field']}: {before}{change['after'] or 'none'}")
            for refusal in step["refusals"]:
                self.stdout.write(f"    ! {refusal}")
            if step["action"] == Action.CONFLICT:
                self.stdout.write(f"    ! {step['held_by']} keeps it; --force changes it anyway.")
        self.stdout.write(summary(plan))


def _files(name: str) -> list[File]:
    if name == "-":
        return [File("standard input", sys.stdin.buffer.read())]
    path = Path(name)
    if path.is_dir():
        found = sorted([*path.rglob("catalog-info.yaml"), *path.rglob("catalog-info.yml")])
        if not found:
            raise CommandError(f"There is no catalog-info.yaml in {name}.", returncode=2)
        return [File(str(one), one.read_bytes()) for one in found]
    try:
        return [File(name, path.read_bytes())]
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}.", returncode=2) from error


def _number_of_errors(number: int) -> str:
    many = f"{number:,} errors" if number > 1 else "One error"
    return f"{many}. Nothing was changed."
