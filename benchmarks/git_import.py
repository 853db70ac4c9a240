"""Promise (d): importing NetBox's history against `git log` reading the same fields."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from statistics import median

from django.test import override_settings
from django.utils import timezone

from benchmarks.context import ROOT, Context
from benchmarks.report import Result
from portal.catalogue.models import Application, Environment
from portal.integrations.adapters import log
from portal.integrations.adapters.git import Selection
from portal.integrations.adapters.sources import parse
from portal.integrations.models import ImportState
from portal.integrations.services.requests import begin_import
from portal.integrations.services.runs import perform_import

BUNDLE = ROOT.parent / "shared" / "data" / "histories" / "netbox-community-netbox.bundle"
SELECTION = Selection("v*", ["*-beta*", "*-rc*"])
REPETITIONS = 5
LIMIT = 20


def run(context: Context) -> Iterator[Result]:
    """Measure whole imports, mirror and facts included, each into an application of its own."""
    if not BUNDLE.exists():
        print(f"left out: {BUNDLE} is not here")
        return
    with tempfile.TemporaryDirectory() as folder, context.on(context.empty):
        bare = Path(folder) / "bare.git"
        git = ["git", "clone", "--quiet", "--bare", str(BUNDLE), str(bare)]
        subprocess.run(git, check=True)  # noqa: S603
        imports, reads = [], []
        for number in range(REPETITIONS):
            application = _application(number, timezone.now())
            mirrors = Path(folder) / "mirrors"
            shutil.rmtree(mirrors, ignore_errors=True)
            with override_settings(IMPORT_MIRROR_DIR=mirrors):
                reads.append(_seconds(lambda: _read(bare)))
                imports.append(_seconds(lambda: _import(application)))  # noqa: B023
    yield Result(
        "import of NetBox against git log",
        median(imports) / median(reads),
        LIMIT,
        "times",
        f"{median(imports):.2f} s against {median(reads):.2f} s, medians of {REPETITIONS}",
    )


def _application(number: int, now: datetime) -> Environment:
    application = Application.objects.create(
        slug=f"netbox-{number}", name="NetBox", registered_at=now
    )
    return Environment.objects.create(
        application=application, slug="production", name="Production", is_production=True
    )


def _import(environment: Environment) -> None:
    job = begin_import(
        application=environment.application,
        environment=environment,
        source=parse(str(BUNDLE)),
        selection=SELECTION,
        now=timezone.now(),
    )
    job = perform_import(job=job, clock=timezone.now)
    if job.state != ImportState.SUCCEEDED:
        raise RuntimeError(job.problem)


def _read(bare: Path) -> None:
    """Read every commit as an import does, and drop what is read."""
    command = ["git", "-C", str(bare), "log", "--all", "-z", f"--format={log.FORMAT}"]
    subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
