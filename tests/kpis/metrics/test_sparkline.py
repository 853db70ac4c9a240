"""The small line beside a figure."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kpis.metrics.sparkline import HEIGHT, WIDTH, sparkline

series = st.lists(st.none() | st.floats(0, 1e9), max_size=40)


@given(series)
def test_a_line_stays_in_its_box_and_is_broken_where_nothing_is_known(values):
    spark = sparkline(values)
    known = [value for value in values if value is not None]
    assert (spark is None) == (len(known) < 2)
    if spark is None:
        return
    points = re.findall(r"[ML]([\d.]+) ([\d.]+)", spark.line)
    assert len(points) == len(known)
    assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in points)
    runs = sum(
        value is not None and (number == 0 or values[number - 1] is None)
        for number, value in enumerate(values)
    )
    assert spark.line.count("M") == runs


def test_more_is_higher_and_a_lone_value_is_a_dot():
    spark = sparkline([1.0, None, 2.0, 4.0])
    assert spark is not None
    assert spark.line == "M3.0 25.5h0M105.7 18.0L157.0 3.0"
    assert spark.end == "M157.0 3.0h0"
    assert spark.area == "M105.7 18.0L157.0 3.0V36H105.7Z"
