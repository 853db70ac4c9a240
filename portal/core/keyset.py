"""Paging by place in an order instead of by number: the last page is as quick as the first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)

PAGE_SIZE = 50


def read_instant(written: str) -> datetime:
    """Return an aware instant; raise `ValueError` when it is not one."""
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError(written)
    return at


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of rows: by one column or annotation that is never null, then by id.

    `read` turns the written form of a value in a cursor back into the value, or raises
    `ValueError`.
    """

    key: str
    descending: bool = True
    read: Callable[[str], datetime | int | str] = read_instant


def is_cursor(order: Order, cursor: str) -> bool:
    """Return whether the text leads to a place in an order."""
    return _place(order, cursor) is not None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page; `before` and `after` lead to its neighbours, empty at the ends."""

    rows: list[Row]
    before: str
    after: str


def keyset_page(
    rows: QuerySet[Row, Any], *, order: Order, cursor: str, size: int = PAGE_SIZE
) -> Page[Row]:
    """Return the page of `rows` that the cursor leads to.

    The cursor is a `before` or `after` of another page of the same order; an empty or an
    unreadable one leads to the first page.
    """
    place = _place(order, cursor)
    backwards = place is not None and place.backwards
    descending = order.descending != backwards
    if place is not None:
        step = "lt" if descending else "gt"
        # Redundant by logic, but the first bound alone is what an index can start from.
        rows = rows.filter(
            Q(**{f"{order.key}__{step}e": place.value}),
            Q(**{f"{order.key}__{step}": place.value}) | Q(**{f"pk__{step}": place.pk}),
        )
    sign = "-" if descending else ""
    found = list(rows.order_by(f"{sign}{order.key}", f"{sign}pk")[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    has_before = more if backwards else place is not None
    has_after = True if backwards else more
    return Page(
        found,
        _cursor("before", order, found[0]) if has_before else "",
        _cursor("after", order, found[-1]) if has_after else "",
    )


@dataclass(frozen=True, slots=True)
class _Place:
    backwards: bool
    value: datetime | int | str
    pk: int


def _place(order: Order, cursor: str) -> _Place | None:
    side, _, rest = cursor.partition("~")
    value, _, pk = rest.rpartition("~")
    if side not in {"before", "after"}:
        return None
    try:
        return _Place(side == "before", order.read(value), int(pk))
    except ValueError:
        return None


def _cursor(side: str, order: Order, row: Model) -> str:
    value = getattr(row, order.key)
    written = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"{side}~{written}~{row.pk}"
