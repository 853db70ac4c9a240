"""Pages and API at full size: fast, few queries, and flat in the length of history."""

import random
from collections.abc import Iterator, Sequence

from django.urls import reverse

from benchmarks.asking import Answers, Portal, ask_in_turn
from benchmarks.context import Context
from benchmarks.report import Result
from kpis.models import Grain
from portal.catalogue.models import Application, Team
from portal.home.services.demo.people import DEMO_SIGN_INS

ADDRESSES = 100
MOST_MILLISECONDS = 50
MOST_QUERIES = 12
MOST_GROWTH = 1.5
EXECUTIVE = next(person.email for person in DEMO_SIGN_INS if person.role == "EXECUTIVE")


def run(context: Context) -> Iterator[Result]:
    """Measure (a): application, team and company page and the KPI API, at both sizes in turn."""
    full, tenth = context.full, context.tenth
    with context.on(full):
        kinds = addresses()
    with Portal(full, EXECUTIVE) as at_full, Portal(tenth, EXECUTIVE) as at_tenth:
        for name, asked in kinds.items():
            yield from judge(name, *ask_in_turn((at_full, at_tenth), asked))


def addresses() -> dict[str, Sequence[str]]:
    """Return the addresses of each kind to ask for: some at random, the whole company among them."""
    pick = random.Random(1)
    applications = pick.sample(
        sorted(Application.objects.values_list("slug", flat=True)), ADDRESSES
    )
    teams = pick.sample(sorted(Team.objects.values_list("slug", flat=True)), ADDRESSES)
    roots = list(Team.objects.filter(parent=None).values_list("slug", flat=True))
    teams[: len(roots)] = sorted(roots)
    grains = [f"?grain={grain}" for grain in Grain.values]
    return {
        "application page": [reverse("application", args=[slug]) for slug in applications],
        "team page": [reverse("team", args=[slug]) for slug in teams],
        "company page": [reverse("company") + query for query in ("", *grains)],
        "KPI API": [
            reverse("api-kpis", args=[scope, slug]) + query
            for scope, slugs in (
                ("application", applications[:40]),
                ("team", teams[:40]),
                ("company", ["all"]),
            )
            for slug in slugs
            for query in grains
        ],
    }


def judge(name: str, full: Answers, tenth: Answers) -> Iterator[Result]:
    """Yield what is promised of one kind of address."""
    yield Result(
        f"{name}: server time, p95",
        full.p95,
        MOST_MILLISECONDS,
        "ms",
        f"p50 {full.p50:.1f} ms over {len(full.milliseconds)} addresses, {full.size / 1000:.0f} kB",
    )
    yield Result(f"{name}: queries", full.queries, MOST_QUERIES, "queries", "the most of any")
    yield Result(
        f"{name}: against a tenth of the history",
        full.p95 / tenth.p95,
        MOST_GROWTH,
        "times",
        f"p95 {full.p95:.1f} against {tenth.p95:.1f} ms; p50 {full.p50 / tenth.p50:.2f} times",
    )
