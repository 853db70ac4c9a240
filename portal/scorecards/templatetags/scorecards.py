"""Template tags of scorecards: levels as badges, and applications spread over levels."""

from functools import lru_cache

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from portal.core.templatetags.portal import icon
from portal.core.words import NONE
from portal.scorecards.rules.definitions import Definition, Rule
from portal.scorecards.rules.evaluation import State
from portal.scorecards.selectors.matrix import Row
from portal.scorecards.selectors.scorecards import Distribution

register = template.Library()

STATE_ICONS = {"PASS": "good", "FAIL": "bad", "NO_DATA": "unknown", "EXEMPT": "lock"}


@register.simple_tag
@lru_cache(maxsize=256)
def level(rank: int, name: str) -> SafeString:
    """Return a level as a badge of colour, icon and word; rank 0 is below the lowest."""
    return format_html(
        '<span class="badge level level-{}">{}{}</span>',
        rank,
        icon("award" if rank else "warning"),
        name.capitalize(),
    )


@register.simple_tag
def rule_level(definition: Definition, rule: Rule) -> SafeString:
    """Return the badge of the level that a rule belongs to."""
    found: SafeString = level(rule.level, definition.level_name(rule.level))
    return found


@register.simple_tag
def spread(distribution: Distribution) -> SafeString:
    """Return a bar of the shares of the levels, which says the same in words."""
    parts = format_html_join(
        "",
        '<rect class="level-{}" x="{}" width="{}" y="0" height="8"></rect>',
        ((one.rank, one.start, one.width) for one in distribution.shares if one.count),
    )
    return format_html(
        '<svg class="spread" viewBox="0 0 100 8" preserveAspectRatio="none" role="img"'
        ' aria-label="{}">{}</svg>',
        distribution.words or "No application is judged",
        parts,
    )


@register.simple_tag
@lru_cache(maxsize=4096)
def state_mark(state: State | None, words: str) -> SafeString | str:
    """Return a state for a narrow cell: icon and word, with what was found on hover."""
    if state is None:
        return format_html('<span class="muted" title="Not for this application">{}</span>', "")
    word = f"{NONE} {state.label}" if state is State.NO_DATA else state.label
    return format_html(
        '<span class="mark text-{}" title="{}">{}{}</span>',
        state.tone,
        words,
        icon(STATE_ICONS[state.value]),
        word,
    )


@register.simple_tag
def matrix_cells(row: Row) -> SafeString:
    """Return the cells of a row at once: a page has hundreds of few kinds."""
    return mark_safe(  # noqa: S308 - every part is escaped where it is made
        "".join(f"<td>{state_mark(cell.state, cell.words)}</td>" for cell in row.cells)
    )


@register.simple_tag
@lru_cache(maxsize=64)
def state_badge(state: State) -> SafeString:
    """Return a state as a badge; no data is grey, with a dash and a word."""
    word = f"{NONE} {state.label}" if state is State.NO_DATA else state.label
    return format_html(
        '<span class="badge tone-{}">{}{}</span>', state.tone, icon(STATE_ICONS[state.value]), word
    )
