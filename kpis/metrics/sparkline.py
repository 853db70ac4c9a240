"""The small line beside a figure: a path in a fixed box, broken where there is no data."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 160, 36
# Room for the stroke at the edges.
EDGE = 3


@dataclass(frozen=True, slots=True)
class Sparkline:
    """SVG path data of the line, the surface below it and the last value, from nought up."""

    line: str
    area: str
    end: str


def sparkline(values: Sequence[float | None]) -> Sparkline | None:
    """Return the line of a series, or None when fewer than two values are known."""
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 a line has two ends
        return None
    top = max(known) or 1
    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            height = HEIGHT - EDGE - value / top * (HEIGHT - 2 * EDGE)
            runs[-1].append((EDGE + number * step, height))
    drawn = [run for run in runs if run]
    return Sparkline(
        line="".join(_path(run) for run in drawn),
        area="".join(f"{_path(run)}V{HEIGHT}H{run[0][0]:.1f}Z" for run in drawn if len(run) > 1),
        end=_path(drawn[-1][-1:]),
    )


def _path(run: Sequence[tuple[float, float]]) -> str:
    """Return the way through some points; a single one is a dot."""
    first, *rest = run
    way = "".join(f"L{x:.1f} {y:.1f}" for x, y in rest) or "h0"
    return f"M{first[0]:.1f} {first[1]:.1f}{way}"
