"""Places among others."""

from hypothesis import given
from hypothesis import strategies as st

from kpis.metrics.standing import standings

groups = st.dictionaries(st.integers(), st.floats(0, 100), min_size=1, max_size=30)


@given(groups)
def test_the_better_value_never_has_the_worse_place(values):
    places = standings(values, lower_is_better=True)
    for one, first in places.items():
        for other, second in places.items():
            if values[one] < values[other]:
                assert first.place < second.place
            if values[one] == values[other]:
                assert first == second


def test_thirds_are_told_in_words():
    places = standings({"a": 1.0, "b": 2.0, "c": 3.0}, lower_is_better=False)
    assert {key: place.label for key, place in places.items()} == {
        "c": "best third",
        "b": "middle third",
        "a": "worst third",
    }
    assert {place.tone for place in places.values()} == {"good", "bad", ""}


def test_two_values_or_equal_ones_have_no_places():
    assert standings({"a": 1.0, "b": 2.0}, lower_is_better=True) == {}
    assert standings({"a": 1.0, "b": 1.0, "c": 1.0}, lower_is_better=True) == {}
