"""The catalogue's list and the search at 10,000 applications."""

import random
from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils.http import urlencode

from benchmarks.asking import Portal, ask_in_turn
from benchmarks.context import Context
from benchmarks.report import Result
from portal.catalogue.models import Application
from portal.home.services.demo.people import DEMO_SIGN_INS

WORDS = 60
MOST_MILLISECONDS = 50
QUERIES = (
    "", "sort=-name", "sort=owner", "sort=-owner", "sort=tier", "sort=-tier", "sort=registered",
    "tier=1", "tier=4", "lifecycle=PRODUCTION", "lifecycle=RETIRED", "holds=pci",
    "holds=personal", "show=mine", "show=unowned", "show=missing", "tag=java", "system=loan-platform",
    "attestation=ESCALATED", "attestation=CURRENT", "tier=2&sort=owner&q=ledger",
)  # fmt: skip
ENGINEER = DEMO_SIGN_INS[0].email


def run(context: Context) -> Iterator[Result]:
    """Measure (e): list, narrowed and ordered in every way, and search by parts of names."""
    full = context.full
    with context.on(full):
        kinds = addresses()
    with Portal(full, ENGINEER) as portal:
        for name, asked in kinds.items():
            (answers,) = ask_in_turn((portal,), asked)
            yield Result(
                f"{name}: server time, p95",
                answers.p95,
                MOST_MILLISECONDS,
                "ms",
                f"p50 {answers.p50:.1f} ms over {len(answers.milliseconds)} addresses, "
                f"at most {answers.queries} queries, {answers.size / 1000:.0f} kB",
            )


def addresses() -> dict[str, Sequence[str]]:
    """Return the addresses of each kind to ask for."""
    names = sorted(Application.objects.values_list("name", flat=True))
    parts = [part(name, place) for place, name in enumerate(random.Random(2).sample(names, WORDS))]
    return {
        "catalogue list": [
            *(f"{reverse('applications')}?{query}" for query in QUERIES),
            *(f"{reverse('applications')}?{urlencode({'q': text})}" for text in parts[:20]),
        ],
        "search": [f"{reverse('search')}?{urlencode({'q': text})}" for text in parts],
    }


def part(name: str, place: int) -> str:
    """Return some of a name, as people type it: a word, its beginning, or two letters."""
    words = name.split()
    return (words[0], words[-1][:4], name[:2], " ".join(words[:2]))[place % 4]
