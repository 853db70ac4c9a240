"""What a CSV export writes."""

import csv
import io
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.export import FORMULA_STARTS, csv_lines, csv_response


def parsed(*rows):
    return list(csv.reader(io.StringIO("".join(csv_lines(["a", "b"], rows)), newline="")))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1"])
def test_a_text_that_a_spreadsheet_would_run_is_written_as_text(text):
    assert parsed([text, "x"])[1] == [f"'{text}", "x"]


def test_a_negative_number_stays_a_number():
    assert parsed([-5, -0.5])[1] == ["-5", "-0.5"]


def test_instants_are_written_in_utc_and_nothing_as_empty():
    at = datetime(2026, 3, 4, 12, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert parsed([at, None])[1] == ["2026-03-04T07:00:00Z", ""]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_every_text_comes_back_whole_and_harmless(text):
    cell = parsed([text, "x"])[1][0]
    assert cell.removeprefix("'") == text.removeprefix("'")
    assert not cell.startswith(FORMULA_STARTS)


def test_the_response_is_a_download_that_streams():
    response = csv_response("rows.csv", header=["a"], rows=([n] for n in range(2)))
    assert response.streaming
    assert response["Content-Disposition"] == 'attachment; filename="rows.csv"'
    assert b"".join(response).decode() == "a\r\n0\r\n1\r\n"
