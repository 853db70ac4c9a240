"""Slugs that follow from names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.catalogue.models import validate_slug
from portal.catalogue.types import derive_slug, number_slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Card Payments", "card-payments"),
        ("  Crème brûlée!  ", "creme-brulee"),
        ("snake_case__name", "snake-case-name"),
        ("--- ", ""),
        ("決済", ""),
        ("a" * 62 + " b", "a" * 62),
    ],
)
def test_a_name_suggests_its_slug(name, slug):
    assert derive_slug(name) == slug


@given(st.text(max_size=120), st.integers(2, 9999))
def test_whatever_the_name_the_slug_is_valid(name, number):
    slug = derive_slug(name)
    if slug:
        validate_slug(slug)
        validate_slug(number_slug(slug, number))
        assert len(number_slug(slug, number)) <= 63
