"""What the API takes and returns of scorecards; the OpenAPI description is made from these."""

from rest_framework import serializers

from portal.api.serializers import PageQuery, PageShape
from portal.scorecards.models import RuleState


class RuleShape(serializers.Serializer):  # type: ignore[type-arg]
    """One rule of a scorecard."""

    id = serializers.CharField()
    level = serializers.CharField()
    title = serializers.CharField()
    why = serializers.CharField()
    wanted = serializers.CharField()


class LevelShape(serializers.Serializer):  # type: ignore[type-arg]
    """How many applications have a level as their highest; the first entry is below them all."""

    name = serializers.CharField()
    applications = serializers.IntegerField()


class ScorecardShape(serializers.Serializer):  # type: ignore[type-arg]
    """A scorecard: its levels from the lowest, its rules, and how applications are spread."""

    slug = serializers.CharField()
    title = serializers.CharField()
    why = serializers.CharField()
    version = serializers.IntegerField()
    evaluated_at = serializers.DateTimeField(allow_null=True)
    levels = LevelShape(many=True)
    rules = RuleShape(many=True)
    page = serializers.URLField()


class ScorecardsAnswer(serializers.Serializer):  # type: ignore[type-arg]
    """All scorecards."""

    items = ScorecardShape(many=True)


class ResultShape(serializers.Serializer):  # type: ignore[type-arg]
    """How one rule stands: what was found, what was wanted, since when, and where it is mended."""

    rule = serializers.CharField()
    level = serializers.CharField()
    state = serializers.ChoiceField(choices=RuleState.choices)
    found = serializers.CharField()
    wanted = serializers.CharField()
    since = serializers.DateTimeField()
    mend = serializers.URLField()


class StandingShape(serializers.Serializer):  # type: ignore[type-arg]
    """How an application stands in one scorecard; the level is null below the lowest."""

    scorecard = serializers.CharField()
    level = serializers.CharField(allow_null=True)
    next_level = serializers.CharField(allow_null=True)
    next_steps = serializers.ListField(child=serializers.CharField())
    evaluated_at = serializers.DateTimeField()
    results = ResultShape(many=True)


class StandingsAnswer(serializers.Serializer):  # type: ignore[type-arg]
    """How an application stands in every scorecard that is for it."""

    application = serializers.CharField()
    items = StandingShape(many=True)


class MatrixQuery(PageQuery):
    """Which applications of a scorecard."""

    level = serializers.CharField(required=False, default="", help_text="The name of a level.")
    rule = serializers.CharField(required=False, default="", help_text="The id of a rule.")
    state = serializers.ChoiceField(required=False, default="", choices=RuleState.choices)


class MatrixRow(serializers.Serializer):  # type: ignore[type-arg]
    """An application with its level, null below the lowest, and the state of each rule."""

    application = serializers.CharField()
    owner = serializers.CharField(allow_null=True)
    level = serializers.CharField(allow_null=True)
    results = serializers.DictField(child=serializers.ChoiceField(choices=RuleState.choices))


class MatrixAnswer(PageShape):
    """A part of the matrix."""

    items = MatrixRow(many=True)
