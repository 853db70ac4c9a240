"""Template tags of the KPI pages."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kpis.charts.tables import Row
from kpis.metrics.words import NO_DATA
from kpis.selectors.comparisons import Cell, Line
from portal.core.templatetags.portal import icon

register = template.Library()

_NO_DATA = format_html('<td class="number muted">{}</td>', NO_DATA)


@register.simple_tag
def number_rows(rows: Iterable[Row]) -> SafeString:
    """Return the rows of a chart's table: the charts of a page have hundreds of cells."""
    return format_html_join(
        "\n",
        '<tr><th scope="row"><a href="?{}">{}</a></th>{}</tr>',
        ((row.query, row.label, _cells(row.texts)) for row in rows),
    )


@register.simple_tag
def heat_cells(line: Line) -> SafeString:
    """Return the cells of a line of a comparison: value, standing and trend, each in words too."""
    return format_html_join("\n", "{}", ((_heat_cell(cell),) for cell in line.cells))


def _heat_cell(cell: Cell) -> SafeString:
    if cell.reading.value is None:
        return _NO_DATA
    standing, verdict = cell.standing, cell.trend.verdict
    return format_html(
        '<td class="number heat-{}"><a href="{}" title="{}">{}</a>'
        '<span class="visually-hidden">{}</span> <span class="heat-trend text-{}">{}{}</span></td>',
        standing.tone if standing else "none",
        cell.rows_url,
        cell.explanation,
        cell.text,
        f", {standing.label}," if standing else "",
        verdict.tone,
        icon(cell.trend.icon),
        verdict.label,
    )


def _cells(texts: Iterable[str]) -> SafeString:
    found = list(texts)
    return format_html('<td class="number">{}</td>' * len(found), *found)
