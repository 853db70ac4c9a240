"""How values are judged and said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.metrics.definitions import (
    BY_KEY,
    CHANGE_FAIL_RATE,
    DEPLOYMENT_FREQUENCY,
    KPIS,
    LEAD_TIME,
    RECOVERY_TIME,
    Unit,
)
from kpis.metrics.trends import Reading, Verdict, judge
from kpis.metrics.words import comparison, rate, say, sentence
from portal.core.words import duration

kpis = st.sampled_from(KPIS)
values = st.floats(0.001, 1e7)
enough = st.integers(5, 10_000)


@given(kpis, values, values, enough, enough)
def test_a_trend_and_its_reverse_are_opposites_or_both_the_same(kpi, now, before, n, m):
    forth = judge(kpi, Reading(now, n), Reading(before, m))
    back = judge(kpi, Reading(before, m), Reading(now, n))
    opposite = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}
    if forth.verdict in opposite and back.verdict in opposite:
        assert back.verdict is opposite[forth.verdict]
        assert forth.rising is not back.rising


@given(kpis, values, values, st.integers(0, 4), enough)
def test_a_handful_of_facts_is_never_judged(kpi, now, before, few, many):
    assert judge(kpi, Reading(now, few), Reading(before, many)).verdict is Verdict.UNKNOWN
    assert judge(kpi, Reading(now, many), Reading(before, few)).verdict is Verdict.UNKNOWN


def test_shorter_is_better_for_times_and_more_is_better_for_frequency():
    assert judge(LEAD_TIME, Reading(80, 50), Reading(100, 50)).verdict is Verdict.BETTER
    assert judge(DEPLOYMENT_FREQUENCY, Reading(2, 50), Reading(3, 50)).verdict is Verdict.WORSE
    assert judge(CHANGE_FAIL_RATE, Reading(0, 50), Reading(0, 50)).verdict is Verdict.SAME
    assert judge(RECOVERY_TIME, Reading(103, 50), Reading(100, 50)).verdict is Verdict.SAME


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (38 * 60 + 12, "38 min"),
        (3599, "1 h"),
        (4 * 3600 + 300, "4 h 5 min"),
        (86_399, "1 d"),
        (2 * 86_400 + 4 * 3600, "2 d 4 h"),
        (10 * 86_400, "10 d"),
        (1_200 * 86_400, "1,200 d"),
    ],
)
def test_a_span_is_said_in_two_useful_units(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("per_day", "words"),
    [
        (21.6, "22 a day"),
        (3.21, "3.2 a day"),
        (0.5, "3.5 a week"),
        (0.1, "3.0 a month"),
        (0.001, "0.0 a month"),
    ],
)
def test_a_frequency_is_said_in_the_unit_that_keeps_it_above_one(per_day, words):
    assert rate(per_day) == words


def test_no_data_is_said_and_not_shown_as_nought():
    assert {say(unit, None) for unit in Unit} == {"No data"}
    assert say(Unit.SHARE, 0) == "0%"
    assert say(Unit.SHARE, 0.083) == "8.3%"


@pytest.mark.parametrize(
    ("kpi", "now", "before", "words"),
    [
        (LEAD_TIME, (88, 9), (100, 9), "12% shorter than in May"),
        (LEAD_TIME, (360, 9), (100, 9), "3.6 times as long as in May"),
        (CHANGE_FAIL_RATE, (0.10, 9), (0.05, 9), "5.0 points higher than in May"),
        (CHANGE_FAIL_RATE, (0.05, 9), (0.05, 9), "about the same as in May"),
        (LEAD_TIME, (88, 3), (100, 9), "too few to compare with those in May"),
        (LEAD_TIME, (88, 9), (None, 0), "no data in May to compare with"),
    ],
)
def test_a_comparison_is_plain(kpi, now, before, words):
    assert comparison(kpi, Reading(*now), Reading(*before), "in May") == words


def test_a_sentence_says_value_and_comparison_or_that_nothing_is_known():
    args = {"current": "in October 2026", "previous": "in September 2026"}
    assert (
        sentence(LEAD_TIME, Reading(100_800, 40), Reading(114_545, 40), **args)
        == "Change lead time is 1 d 4 h, 12% shorter than in September 2026."
    )
    assert (
        sentence(RECOVERY_TIME, Reading(None, 0), Reading(60, 9), **args)
        == "No recoveries in October 2026, so recovery time is not known."
    )


def test_every_kpi_has_a_key_of_its_own_and_words_for_everything():
    assert len(BY_KEY) == len(KPIS) == 6
    for kpi in KPIS:
        assert kpi.sentence.endswith(".")
        assert kpi.formula.endswith(".")
        assert all(line.endswith(".") for line in kpi.counts)
        assert kpi.rows in {"deployments", "changes", "incidents"}
