"""Asking portals for addresses in turn, and what the answers took."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from types import TracebackType
from typing import Self

from benchmarks.context import ROOT, Database

OK = 200
# Each address is asked for this often and its median counts: the machine has other work too.
ROUNDS = 3
WARM_UP = 12


@dataclass(frozen=True, slots=True)
class Answers:
    """What several addresses took: milliseconds of each, the most queries and bytes of any."""

    milliseconds: Sequence[float]
    queries: int
    size: int

    @property
    def p50(self) -> float:
        """The median over the addresses."""
        return median(self.milliseconds)

    @property
    def p95(self) -> float:
        """The 95th percentile over the addresses."""
        return quantiles(self.milliseconds, n=20, method="inclusive")[-1]


class Portal:
    """A portal on one database, in a process of its own, signed in as somebody."""

    def __init__(self, database: Database, email: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "benchmarks.answering", email],
            env=os.environ
            | {
                "DATABASE_URL": database.url,
                "LOG_LEVEL": "ERROR",
                "API_REQUESTS_PER_MINUTE": "1000000",
            },
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(timeout=30)

    def ask(self, address: str) -> Mapping[str, float]:
        """Return what one answer took.

        Raises:
            RuntimeError: when the answer is not the page.
        """
        if not self._process.stdin or not self._process.stdout:
            raise RuntimeError("The portal has no pipes.")
        self._process.stdin.write(f"{address}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer: dict[str, float] = json.loads(line or '{"status": 0}')
        if answer["status"] != OK:
            raise RuntimeError(f"{address} answered {answer['status']:.0f}.")
        return answer


def ask_in_turn(portals: Sequence[Portal], addresses: Sequence[str]) -> list[Answers]:
    """Ask every portal for every address, one after the other, and return each one's answers."""
    for address in addresses[:WARM_UP]:
        for portal in portals:
            portal.ask(address)
    taken: list[dict[str, list[Mapping[str, float]]]] = [{} for _ in portals]
    for turn in range(ROUNDS):
        for place, address in enumerate(addresses):
            # Who is asked first changes, so that neither always follows the other.
            for each in sorted(range(len(portals)), reverse=(turn + place) % 2 == 1):
                answer = portals[each].ask(address)
                taken[each].setdefault(address, []).append(answer)
    return [
        Answers(
            milliseconds=[
                1000 * median(answer["seconds"] for answer in answers)
                for answers in by_address.values()
            ],
            queries=int(max(a["queries"] for answers in by_address.values() for a in answers)),
            size=int(max(a["size"] for answers in by_address.values() for a in answers)),
        )
        for by_address in taken
    ]
