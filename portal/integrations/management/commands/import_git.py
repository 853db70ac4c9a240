"""`manage.py import_git`: the operators' door to import a delivery history, right away."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.catalogue.models import Application, Environment
from portal.catalogue.selectors import slug_holder
from portal.integrations.adapters.git import Selection
from portal.integrations.adapters.sources import SourceError, parse
from portal.integrations.models import HistoryImport, ImportState
from portal.integrations.selectors.imports import environments_of
from portal.integrations.services.requests import ImportRunningError, begin_import
from portal.integrations.services.runs import fail_import, perform_import


class Command(BaseCommand):
    """Imports a history in this process; any path and any address that git can read will do."""

    help = (
        "Import the delivery history of a git repository: each matching tag is a deployment,"
        " and a change is live with the first deployment that contains it."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("source", help="path of a repository or *.bundle, or an address")
        parser.add_argument("--application", required=True, metavar="SLUG")
        parser.add_argument("--environment", default="production", metavar="SLUG")
        parser.add_argument("--tags", default="*", help="which tags are deployments: 'v*'")
        parser.add_argument(
            "--exclude", nargs="+", action="extend", default=[], help="which are not: '*-rc*'"
        )
        parser.add_argument("--branch", default="", help="the main line, if not the default one")
        parser.add_argument(
            "--paths", nargs="+", action="extend", default=[], help="what counts: 'svc/**'"
        )

    def handle(self, *_args: str, **options: Any) -> None:
        application = _application(options["application"])
        selection = Selection(
            options["tags"], options["exclude"], options["branch"], options["paths"]
        )
        try:
            job = begin_import(
                application=application,
                environment=_environment(application, options["environment"]),
                source=parse(options["source"]),
                selection=selection,
                now=timezone.now(),
            )
        except (SourceError, ImportRunningError) as error:
            raise CommandError(str(error)) from error
        self._report(self._perform(job))

    def _perform(self, job: HistoryImport) -> HistoryImport:
        try:
            return perform_import(
                job=job, clock=timezone.now, tell=lambda phase: self.stdout.write(f"{phase} ...")
            )
        except KeyboardInterrupt:
            problem = "It was interrupted at the terminal. Nothing was written; run it again."
            fail_import(job=job, problem=problem, now=timezone.now())
            raise CommandError(problem) from None

    def _report(self, job: HistoryImport) -> None:
        if job.state != ImportState.SUCCEEDED:
            raise CommandError(job.problem or "The import was cancelled. Nothing was written.")
        for note in job.notes:
            self.stdout.write(note)
        self.stdout.write(
            f"{job.application.name}: {job.deployments} deployments, {job.changes} changes."
        )


def _application(slug: str) -> Application:
    application = slug_holder(slug)
    if application is None:
        raise CommandError(f"There is no application {slug}. Register it first.")
    return application


def _environment(application: Application, slug: str) -> Environment:
    environments = list(environments_of(application))
    for environment in environments:
        if environment.slug == slug:
            return environment
    names = ", ".join(environment.slug for environment in environments) or "none yet"
    raise CommandError(f"{application} has no environment {slug}. It has: {names}.")
