"""The shapes of the KPI API: the same numbers as the pages, from the same selectors."""

from typing import Any
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request

from kpis.metrics.definitions import ENGINE_VERSION, KPIS
from kpis.metrics.onboarding import DEFAULT_SPAN, SPANS
from kpis.metrics.periods import GRAINS, Period
from kpis.selectors.pages import KpiPage, Point, Tile
from portal.api.serializers import QueryShape

MOST_PERIODS = 120


class KpiQuery(QueryShape):
    """What may be asked: a grain, a period of it, and how many periods up to it."""

    grain = serializers.ChoiceField(
        choices=[(grain, grain) for grain in GRAINS],
        default="month",
        help_text="The length of a period.",
        error_messages={"invalid_choice": "“{input}” is not a grain. Use day, week or month."},
    )
    period = serializers.CharField(
        required=False,
        default="",
        help_text=(
            "2026-10-05, 2026-W41 or 2026-10; without it the last complete period, or the latest"
            " one with data."
        ),
    )
    periods = serializers.IntegerField(
        required=False,
        min_value=2,
        max_value=MOST_PERIODS,
        help_text="How many periods the series has; 31 days, 26 weeks or 13 months if not said.",
    )


@extend_schema_serializer(component_name="Period")
class PeriodShape(serializers.Serializer[Any]):
    """A period, half-open: “from” is in it, “to” is not. Both are in the scope's time zone."""

    key = serializers.CharField(help_text="How the period is written in addresses.")
    name = serializers.CharField()
    to = serializers.DateTimeField(help_text="The first instant after the period.")

    def get_fields(self) -> dict[str, Any]:
        """Add `from`, which is no name in Python."""
        start = serializers.DateTimeField(help_text="The first instant of the period.")
        return {**super().get_fields(), "from": start}


@extend_schema_serializer(component_name="Reading")
class ReadingShape(serializers.Serializer[Any]):
    """A value and the number of facts it rests on; null is no data, never 0."""

    value = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()


@extend_schema_serializer(component_name="Aside")
class AsideShape(serializers.Serializer[Any]):
    """A figure beside a KPI, such as its 90th percentile."""

    key = serializers.CharField()
    name = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    enough = serializers.BooleanField(
        help_text="Whether it rests on enough facts to be relied on."
    )


@extend_schema_serializer(component_name="Kpi")
class KpiShape(ReadingShape):
    """One KPI in one period."""

    key = serializers.ChoiceField(choices=[(kpi.key, kpi.name) for kpi in KPIS])
    name = serializers.CharField()
    unit = serializers.ChoiceField(choices=["per_day", "seconds", "share"])
    text = serializers.CharField(help_text="The value in words, as the pages show it.")
    previous = ReadingShape(help_text="The period before.")
    trend = serializers.ChoiceField(choices=["better", "worse", "same", "unknown"])
    beside = AsideShape(many=True)
    definition = serializers.URLField(help_text="What the KPI means and how it is computed.")
    rows = serializers.URLField(help_text="The facts behind the value.")


@extend_schema_serializer(component_name="Point")
class PointShape(serializers.Serializer[Any]):
    """One period of the series with every KPI by key."""

    period = PeriodShape()
    partial = serializers.BooleanField()  # type: ignore[assignment]
    kpis = serializers.DictField(child=ReadingShape())


@extend_schema_serializer(component_name="Scope")
class ScopeShape(serializers.Serializer[Any]):
    """What the numbers are about."""

    kind = serializers.ChoiceField(choices=["application", "team", "company"])
    slug = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()


@extend_schema_serializer(component_name="Pace")
class PaceShape(serializers.Serializer[Any]):
    """How long something took; null is no data, never 0."""

    n = serializers.IntegerField(help_text="How many there were.")
    p50 = serializers.FloatField(allow_null=True, help_text="The median, in seconds.")
    p90 = serializers.FloatField(allow_null=True, help_text="In seconds; rely on it from n = 20.")
    soon = serializers.FloatField(
        allow_null=True, help_text="The share within what is promised, as a part of one."
    )


class OnboardingQuery(QueryShape):
    """How far back to look."""

    days = serializers.ChoiceField(
        choices=SPANS, default=DEFAULT_SPAN, help_text="So many days up to now."
    )


class OnboardingAnswer(serializers.Serializer[Any]):
    """How quickly people and applications got started, of what was registered in these days."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    registering = PaceShape(help_text="Per person: from signing in to their first application.")
    deploying = PaceShape(help_text="Per application: until its first deployment was told of.")
    waiting = serializers.IntegerField(help_text="Applications without a deployment so far.")
    definition = serializers.URLField(help_text="What the KPIs mean and how they are computed.")


class KpiAnswer(serializers.Serializer[Any]):
    """The delivery KPIs of a scope in one period, and the series of periods up to it."""

    scope = ScopeShape()
    engine_version = serializers.CharField(help_text="Which version of the definitions computed.")
    grain = serializers.ChoiceField(choices=list(GRAINS))
    period = PeriodShape()
    time_zone = serializers.CharField(help_text="The zone whose calendar days the periods are of.")
    partial = serializers.BooleanField(  # type: ignore[assignment]
        help_text="Whether the period is still under way."
    )
    notice = serializers.CharField(help_text="Why another period than the last one is shown.")
    kpis = KpiShape(many=True)
    series = PointShape(many=True)


def answer(page: KpiPage, request: Request) -> dict[str, Any]:
    """Return a page in the shape of `KpiAnswer`."""
    return {
        "scope": {
            "kind": page.scope.word,
            "slug": page.scope.slug,
            "name": page.scope.name,
            "url": request.build_absolute_uri(page.scope.url),
        },
        "engine_version": ENGINE_VERSION,
        "grain": page.period.grain,
        "period": _period(page.period, page.scope.zone),
        "time_zone": page.scope.zone,
        "partial": page.shown.is_partial,
        "notice": page.notice,
        "kpis": [_kpi(tile, request) for tile in page.tiles],
        "series": [_point(point, page.scope.zone) for point in page.points],
    }


def _kpi(tile: Tile, request: Request) -> dict[str, Any]:
    return {
        "key": tile.kpi.key,
        "name": tile.kpi.name,
        "unit": tile.kpi.unit.value,
        "value": tile.reading.value,
        "n": tile.reading.n,
        "text": tile.text,
        "previous": {"value": tile.before.value, "n": tile.before.n},
        "trend": tile.trend.verdict.name.lower(),
        "beside": [
            {"key": one.key, "name": one.label, "value": one.value, "enough": not one.is_grey}
            for one in tile.asides
        ],
        "definition": request.build_absolute_uri(tile.definition_url),
        "rows": request.build_absolute_uri(tile.rows_url),
    }


def _point(point: Point, zone: str) -> dict[str, Any]:
    readings = {kpi.key: point.read(kpi) for kpi in KPIS}
    return {
        "period": _period(point.period, zone),
        "partial": point.is_partial,
        "kpis": {key: {"value": one.value, "n": one.n} for key, one in readings.items()},
    }


def _period(period: Period, zone: str) -> dict[str, Any]:
    start, end = (at.astimezone(ZoneInfo(zone)) for at in period.bounds(zone))
    return {
        "key": period.key,
        "name": period.label,
        "from": start.isoformat(),
        "to": end.isoformat(),
    }
