"""One measured figure against its limit, and the table of them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured and what was promised; at or below the limit is kept.

    `detail` tells what a reader needs to judge the figure: how often, medians, sizes.
    """

    name: str
    measured: float
    limit: float
    unit: str
    detail: str = ""

    @property
    def kept(self) -> bool:
        """Whether the promise is kept."""
        return self.measured <= self.limit


HEADINGS = ("", "benchmark", "measured", "limit", "unit", "detail")


def table(results: Sequence[Result]) -> str:
    """Return the results as a table of plain text, one line each under a heading."""
    rows = [
        HEADINGS,
        *(
            (
                "kept" if result.kept else "MISSED",
                result.name,
                f"{result.measured:,.2f}",
                f"{result.limit:,.2f}",
                result.unit,
                result.detail,
            )
            for result in results
        ),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in {2, 3} else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
