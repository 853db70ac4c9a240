"""Terms of exclusion constraints: the same number, at the same time."""

from django.contrib.postgres.fields import RangeOperators
from django.db.models import F, Func, Value
from django.db.models.expressions import Combinable


def same(name: str) -> tuple[Combinable, str]:
    """Return the term that two rows have the same number in a column.

    The embedded PostgreSQL has no btree_gist: a range of one number stands for equality.
    """
    return (Func(F(name), F(name), Value("[]"), function="int8range"), RangeOperators.OVERLAPS)


def together(start: str, end: str) -> tuple[Combinable, str]:
    """Return the term that the periods of two rows overlap; they are half-open."""
    return (Func(F(start), F(end), function="tstzrange"), RangeOperators.OVERLAPS)
