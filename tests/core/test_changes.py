"""The words in which an audit event tells what changed."""

from datetime import UTC, datetime, time

import pytest

from portal.core.changes import LONGEST_VALUE, describe_changes


def test_only_what_differs_is_told_in_the_order_given():
    before = {"name": "Pay", "tier": 3, "owner": None}
    after = {"owner": "team:cards", "name": "Pay", "tier": 1}
    assert describe_changes(before, after) == "owner: none → team:cards; tier: 3 → 1"


def test_nothing_differs_in_no_words():
    assert describe_changes({"tier": 1}, {"tier": 1}) == ""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "none"),
        ([], "none"),
        (0, "0"),
        (False, "no"),
        (True, "yes"),
        (time(9), "09:00"),
        (datetime(2026, 3, 4, 12, tzinfo=UTC), "2026-03-04T12:00:00+00:00"),
        (["pci", "personal"], "pci, personal"),
        ("two\n  lines", "two lines"),
        ("x" * 500, "x" * (LONGEST_VALUE - 1) + "…"),
    ],
)
def test_values_read_as_words(value, words):
    assert describe_changes({"a_field": "old"}, {"a_field": value}) == f"a field: old → {words}"
