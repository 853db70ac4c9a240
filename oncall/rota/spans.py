"""Half-open intervals of time, and what can be done with lists of them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple


class Span(NamedTuple):
    """An interval `[start, end)` of instants in UTC; empty when the end is not after the start."""

    start: datetime
    end: datetime

    def __and__(self, other: "Span") -> "Span":
        """Return what both have in common, possibly empty."""
        return Span(max(self.start, other.start), min(self.end, other.end))

    @property
    def is_empty(self) -> bool:
        """Whether no instant is in it."""
        return self.end <= self.start

    @property
    def hours(self) -> float:
        """Its length in real hours."""
        return (self.end - self.start).total_seconds() / 3600


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return the instants of all spans as the fewest spans, in order; those that touch join."""
    found: list[Span] = []
    for span in sorted(spans):
        start, end = span
        if end <= start:
            continue
        if found and start <= found[-1].end:
            if end > found[-1].end:
                found[-1] = Span(found[-1].start, end)
        else:
            found.append(span)
    return found


def common(left: Iterable[Span], right: Iterable[Span]) -> Iterator[Span]:
    """Yield where two lists, each in order and free of overlaps, have instants in common."""
    lefts, rights = iter(left), iter(right)
    one, other = next(lefts, None), next(rights, None)
    while one is not None and other is not None:
        start = max(one.start, other.start)
        end = min(one.end, other.end)
        if start < end:
            yield Span(start, end)
        if one.end <= other.end:
            one = next(lefts, None)
        else:
            other = next(rights, None)


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what is left of spans once others, in order and free of overlaps, are taken out."""
    holes, left = list(taken), []
    for span in spans:
        start = span.start
        for hole in holes:
            if hole.end <= start:
                continue
            if hole.start >= span.end:
                break
            if hole.start > start:
                left.append(Span(start, hole.start))
            start = hole.end
        if span.start == start < span.end:
            left.append(span)
        elif start < span.end:
            left.append(Span(start, span.end))
    return left
