"""Times, spans, shares, statuses and icons as templates show them."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kpis.models import DeploymentStatus
from portal.core.templatetags.portal import (
    TONE_ICONS,
    ago,
    badge,
    duration,
    moment,
    percent,
    status,
)

DASH = "\N{EN DASH}"
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SPRITE = {
    symbol.get("id")
    for symbol in ET.parse(str(finders.find("icons/sprite.svg"))).getroot()  # noqa: S314  # our own file
    if symbol.get("id")
}
SOURCES = [
    path
    for folder in ("templates", "portal", "kpis")
    for path in (settings.BASE_DIR / folder).rglob("*")
    if path.suffix in {".html", ".py"}
]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, DASH),
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (38 * 60, "38 min"),
        (3599, "1 h"),
        (3600, "1 h"),
        (2 * 3600 + 5 * 60, "2 h 5 min"),
        (86399, "1 d"),
        (52 * 3600, "2 d 4 h"),
        (-90, "\N{MINUS SIGN}2 min"),
        (timedelta(minutes=15), "15 min"),
    ],
)
def test_a_span_reads_in_its_two_largest_units(seconds, words):
    assert duration(seconds) == words


@given(st.integers(min_value=0, max_value=10**9))
def test_a_span_is_never_off_by_more_than_half_its_smallest_unit(seconds):
    sizes = {"s": 1, "min": 60, "h": 3600, "d": 86400}
    parts = re.findall(r"([\d,]+) (s|min|h|d)\b", duration(seconds))
    value = sum(int(number.replace(",", "")) * sizes[unit] for number, unit in parts)
    # A day stands for days and hours, an hour for hours and minutes.
    smallest = {"s": 1, "min": 60, "h": 60, "d": 3600}[parts[0][1]]
    assert abs(value - seconds) <= smallest / 2


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (None, DASH),
        (0, "0%"),
        (0.034, "3.4%"),
        (0.05, "5%"),
        (0.0996, "10%"),
        (0.125, "12%"),
        (1, "100%"),
    ],
)
def test_a_share_reads_as_a_percentage(share, words):
    assert percent(share) == words


def test_a_moment_is_in_the_zone_of_the_viewer_with_the_utc_on_hover():
    with timezone.override("Asia/Kolkata"):
        html = moment(NOON)
    assert html == (
        '<time datetime="2026-03-04T12:00:00+00:00" title="2026-03-04 12:00 UTC">'
        "4 Mar 2026, 17:30</time>"
    )


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOON - timedelta(seconds=20), "just now"),
        (NOON - timedelta(minutes=12), "12 min ago"),
        (NOON - timedelta(hours=23, minutes=59), "23 h ago"),
        (NOON - timedelta(days=3), "3 d ago"),
        (NOON + timedelta(hours=2), "in 2 h"),
        (NOON + timedelta(seconds=5), "in a moment"),
    ],
)
def test_a_relative_time_keeps_the_absolute_one(at, words):
    html = ago(at, NOON)
    assert f">{words}</time>" in html
    assert f"{at:%Y-%m-%d %H:%M} UTC" in html


def test_nothing_is_a_dash():
    assert moment(None) == ago(None, NOON) == DASH


def test_a_status_is_colour_icon_and_word():
    html = status(DeploymentStatus.FAILED)
    assert 'class="badge tone-bad"' in html
    assert "#bad" in html
    assert ">Failed</span>" in html.replace("</svg>", "</svg>>")


def test_what_is_not_known_is_grey_never_green():
    assert 'class="badge tone-unknown"' in status(None)


def test_a_label_is_escaped():
    evil = SimpleNamespace(label="<script>alert(1)</script>", tone="good")
    assert "<script>" not in status(evil)


def test_an_unknown_tone_is_an_error():
    with pytest.raises(KeyError):
        badge("Fine", "greenish")


def test_the_tags_load_by_the_name_portal():
    words = Template("{% load portal %}{{ 60|duration }} {% badge 'Live' 'good' %}")
    assert words.render(Context()).startswith("1 min <span")


def test_every_icon_that_is_named_is_in_the_sprite():
    named = {
        name
        for path in SOURCES
        for name in re.findall(
            r"""\{% icon "([\w-]+)" %\}|with icon="([\w-]+)\"""", path.read_text()
        )
        for name in name
        if name
    }
    assert {"home", "search"} <= named
    assert named | set(TONE_ICONS.values()) <= SPRITE
