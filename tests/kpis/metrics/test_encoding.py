"""Binary rows of `COPY`, read back by PostgreSQL."""

import numpy as np
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpis.adapters import bulk
from kpis.metrics import encoding
from kpis.metrics.percentiles import group

pytestmark = pytest.mark.django_db
row = st.tuples(
    st.integers(-(2**15), 2**15 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.none() | st.floats(allow_nan=False),
    st.none() | st.floats(allow_nan=False),
    st.lists(st.integers(0, 2**31 - 1), max_size=4),
    st.lists(st.integers(0, 2**31 - 1), max_size=4),
)
anew = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)


def columns(rows):
    kinds = {"a": np.int16, "b": np.int64, "c": np.int32, "d": np.float64, "e": np.float64}
    return {
        name: np.array([r[place] for r in rows], dtype=kind)
        for place, (name, kind) in enumerate(kinds.items())
    }


def copied(kinds, names, encoded):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.encoded")
        cursor.execute(f"CREATE TEMPORARY TABLE encoded ({kinds})")
        bulk.copy_encoded("encoded", names, encoded)
        cursor.execute("SELECT * FROM encoded")
        return [
            tuple(bytes(v) if isinstance(v, memoryview) else v for v in stored)
            for stored in cursor.fetchall()
        ]


@anew
@given(st.lists(row, max_size=8))
def test_numbers_and_nulls_arrive(db, rows):
    kinds = "a smallint, b bigint, c integer, d float8, e float8"
    stored = copied(kinds, "abcde", encoding.rows(columns(rows)))
    assert stored == [r[:5] for r in rows]


@anew
@given(st.lists(row, max_size=8))
def test_values_arrive_sorted_beside_them(db, rows):
    def grouped(column):
        pairs = [(place, value) for place, r in enumerate(rows) for value in r[column]]
        keys, values = (np.array([pair[side] for pair in pairs]) for side in (0, 1))
        return group(keys.astype(np.int64), values.astype(np.int32))

    kinds = "a smallint, b bigint, c integer, d float8, e float8, f bytea, g bytea"
    encoded = encoding.rows_with_values(columns(rows), [grouped(5), grouped(6)])
    assert copied(kinds, "abcdefg", encoded) == [
        (*r[:5], *(np.array(sorted(v), dtype=">i4").tobytes() for v in r[5:])) for r in rows
    ]


def test_words_keep_their_length(db):
    names = {"grain": np.array([b"week", b"month"[:4]])}
    assert copied("grain varchar(5)", ["grain"], encoding.rows(names)) == [("week",), ("mont",)]
