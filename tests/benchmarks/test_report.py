"""What the benchmark runner says of its figures, and how it ends."""

import sys
from datetime import date

import pytest

from benchmarks import __main__ as runner
from benchmarks.asking import Answers
from benchmarks.context import FULL, TENTH, Context
from benchmarks.report import Result, table

SLOW = Result("company page", 50.01, 50, "ms", "p50 31 ms")
JUST = Result("team page", 50, 50, "ms")


def test_a_figure_at_its_limit_is_kept_and_one_above_is_not():
    assert JUST.kept
    assert not SLOW.kept


def test_the_table_has_a_line_for_each_figure_and_names_what_was_missed():
    heading, first, second = table([SLOW, JUST]).splitlines()
    assert heading.split() == ["benchmark", "measured", "limit", "unit", "detail"]
    assert " ".join(first.split()) == "MISSED company page 50.01 50.00 ms p50 31 ms"
    assert " ".join(second.split()) == "kept team page 50.00 50.00 ms"


@pytest.mark.parametrize(("results", "status"), [([JUST], 0), ([JUST, SLOW], 1)])
def test_the_runner_ends_with_an_error_when_a_limit_is_missed(
    monkeypatch, capsys, results, status
):
    monkeypatch.setattr(runner, "discovered", lambda: {"pages": lambda _context: results})
    monkeypatch.setattr(sys, "argv", ["benchmarks", "pages"])
    assert runner.main() == status
    assert "team page" in capsys.readouterr().out


def test_an_unknown_name_is_refused_with_those_there_are(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks", "nonsense"])
    with pytest.raises(SystemExit, match="2"):
        runner.main()
    assert "catalogue, " in capsys.readouterr().err


def test_every_benchmark_is_found():
    assert {"catalogue", "pages"} <= runner.discovered().keys()


def test_percentiles_are_over_the_addresses():
    answers = Answers([float(number) for number in range(1, 102)], queries=3, size=1)
    assert answers.p50 == 51
    assert answers.p95 == 96


def test_a_database_is_made_anew_for_another_size_or_month():
    recipe = Context(date(2026, 3, 31))._recipe
    assert recipe(FULL) == Context(date(2026, 3, 1))._recipe(FULL)
    assert recipe(FULL) != recipe(TENTH)
    assert recipe(FULL) != Context(date(2026, 4, 1))._recipe(FULL)
