"""Percentiles against PostgreSQL's own `percentile_cont`, and many groups at once."""

import numpy as np
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpis.metrics.percentiles import group, percentile

FRACTIONS = [0.0, 0.5, 0.75, 0.9, 1.0]
values = st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=40)
groups = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 10_000)), min_size=1, max_size=60)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(values)
def test_a_percentile_is_postgresqls_to_the_last_bit(db, those):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_cont(%s::float8[]) WITHIN GROUP (ORDER BY v) FROM unnest(%s::int[]) v",
            [FRACTIONS, those],
        )
        (expected,) = cursor.fetchone()
    assert [percentile(sorted(those), fraction) for fraction in FRACTIONS] == expected
    found = group(np.zeros(len(those), dtype=np.int64), np.array(those, dtype=np.int32))
    assert [found.percentile(fraction)[0] for fraction in FRACTIONS] == expected


def test_nothing_has_no_percentile():
    assert percentile([], 0.5) is None
    assert len(group(np.empty(0, np.int64), np.empty(0, np.int32)).percentile(0.5)) == 0


@given(groups)
def test_many_groups_at_once_are_each_group_alone(pairs):
    keys, those = (np.array(column) for column in zip(*pairs, strict=True))
    found = group(keys.astype(np.int64), those.astype(np.int32))
    expected = {key: sorted(v for k, v in pairs if k == key) for key, _ in pairs}
    assert found.keys.tolist() == sorted(expected)
    for place, key in enumerate(found.keys.tolist()):
        start, size = found.starts[place], found.sizes[place]
        assert found.values[start : start + size].tolist() == expected[key]
        for fraction in FRACTIONS:
            assert found.percentile(fraction)[place] == percentile(expected[key], fraction)
