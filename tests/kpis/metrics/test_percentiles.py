"""Percentiles against PostgreSQL's own `percentile_cont`, and many groups at once."""

import numpy as np
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpis.metrics import percentiles
from kpis.metrics.percentiles import group, merged_percentiles, percentile

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


parts = st.lists(groups, max_size=4)
places = st.lists(st.integers(-1, 4), min_size=7, max_size=7)


@given(parts, places, st.sampled_from([0, 3, 10_000]))
def test_merged_parts_have_the_percentiles_of_all_their_values(many, place_of_key, limit):
    """Selected, sorted, or as they came: which way is quicker decides, never what comes out."""
    expected: list[list[int]] = [[] for _ in range(5)]
    given_parts = []
    for pairs in many:
        keys, those = (np.array(column) for column in zip(*pairs, strict=True))
        part = group(keys.astype(np.int64), those.astype(np.int32))
        given_parts.append(part.under(np.array(place_of_key)[part.keys]))
        for key, value in pairs:
            if place_of_key[key] >= 0:
                expected[place_of_key[key]].append(value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(percentiles, "MANY", limit)
        sizes, found = merged_percentiles(given_parts, 5, FRACTIONS)
    assert sizes.tolist() == [len(each) for each in expected]
    for row, fraction in zip(found, FRACTIONS, strict=True):
        assert [None if np.isnan(one) else one for one in row] == [
            percentile(sorted(each), fraction) for each in expected
        ]
