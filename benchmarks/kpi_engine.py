"""The KPI engine: a full rebuild against one bare query, and a recompute after one deployment."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from os import cpu_count
from statistics import median, quantiles
from time import perf_counter

from django.db import connection, connections, transaction
from django.utils import timezone

from benchmarks.context import Context
from benchmarks.report import Result
from kpis import services
from kpis.models import Change, ChangeInDeployment, Deployment, Rollup
from kpis.services import marks

MOST_TIMES_BARE = 25
MOST_MILLISECONDS = 50
ROUNDS = 40
JOBS = cpu_count() or 1
# What PostgreSQL needs for the median of one number by application and week, and nothing else;
# counting the medians keeps the planner from leaving them out.
BARE = """
    SELECT count(middle) FROM (
        SELECT application_id, date_trunc('week', finished_at),
            percentile_cont(0.5) WITHIN GROUP (
                ORDER BY extract(epoch FROM finished_at - started_at)
            ) AS middle
        FROM kpis_deployment GROUP BY 1, 2
    ) AS weeks
"""


def run(context: Context) -> Iterator[Result]:
    """Measure (b), a full rebuild, and (c), a recompute after one deployment."""
    with context.on(context.full):
        services.refresh_scopes()
        services.recompute(now=timezone.now())
        yield rebuild()
        yield recompute()


def rebuild() -> Result:
    """Rebuild all KPIs where they stand, between two runs of the bare query."""
    before = bare()
    begun = perf_counter()
    services.rebuild(actor="system:benchmark", now=timezone.now())
    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(_drain, range(JOBS)))
    taken = perf_counter() - begun
    after = bare()
    return Result(
        "full rebuild, times a bare percentile_cont",
        taken / ((before + after) / 2),
        MOST_TIMES_BARE,
        "x",
        f"{taken:.1f} s for {Rollup.objects.count():,} roll-ups on {JOBS} connections, "
        f"bare {before:.1f} s before and {after:.1f} s after",
    )


def bare() -> float:
    """Return the seconds that the bare query takes."""
    with connection.cursor() as cursor:
        begun = perf_counter()
        cursor.execute(BARE)
        return perf_counter() - begun


def _drain(_job: int) -> None:
    try:
        services.recompute(now=timezone.now())
    finally:
        connections.close_all()


def recompute() -> Result:
    """Time the recompute of all scopes and grains after one deployment, for many deployments."""
    newest = Deployment.objects.latest("finished_at").finished_at or timezone.now()
    samples = list(
        Deployment.objects.filter(status="SUCCEEDED", finished_at__lt=newest - timedelta(days=40))
        .order_by("-finished_at")
        .values_list("pk", flat=True)[: ROUNDS * 97 : 97]
    )
    milliseconds, scopes = [], 0
    for number, pk in enumerate(samples):
        _deploy_again(Deployment.objects.get(pk=pk), number)
        begun = perf_counter()
        scopes = services.recompute(now=timezone.now())
        milliseconds.append((perf_counter() - begun) * 1000)
    _forget()
    services.recompute(now=timezone.now())
    return Result(
        "recompute after one deployment, p50",
        median(milliseconds),
        MOST_MILLISECONDS,
        "ms",
        f"p95 {quantiles(milliseconds, n=20)[-1]:.1f} ms over {len(samples)} deployments "
        f"in up to {scopes} scopes each",
    )


@transaction.atomic
def _deploy_again(like: Deployment, number: int) -> None:
    """Record one more deployment, with one change, some minutes after another."""
    contained = like.contains.select_related("change").first()
    at = (like.finished_at or timezone.now()) + timedelta(minutes=7)
    like.pk, like.source, like.external_id, like.finished_at = None, "benchmark", str(number), at
    like.is_baseline, like.failed, like.recovered_at = False, False, None
    like.save(force_insert=True)
    if contained is not None:
        _contain(like, contained, at, number)
    marks.mark(like.application_id, [at])


def _contain(deployment: Deployment, like: ChangeInDeployment, at: datetime, number: int) -> None:
    change = like.change
    change.pk, change.sha = None, f"benchmark-{number}"
    change.save(force_insert=True)
    like.pk, like.change, like.deployment, like.live_at = None, change, deployment, at
    like.save(force_insert=True)


@transaction.atomic
def _forget() -> None:
    """Remove what was recorded for the measurement, and compute without it."""
    added = Deployment.objects.filter(source="benchmark")
    for application, at in added.values_list("application", "finished_at"):
        marks.mark(application, [at] if at else [])
    added.delete()
    Change.objects.filter(sha__startswith="benchmark-").delete()
