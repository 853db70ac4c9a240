"""What the API says of who is on call; the OpenAPI description is made from these."""

from rest_framework import serializers

from oncall.models import DutyRole
from oncall.types import Standing
from portal.api.serializers import QueryShape


class AtQuery(QueryShape):
    """At which instant; now, when it is left out."""

    at = serializers.DateTimeField(required=False)


class DutyShape(serializers.Serializer):  # type: ignore[type-arg]
    """That a person is on call in a role, from an instant until before another."""

    role = serializers.ChoiceField(choices=DutyRole.choices)
    name = serializers.CharField()
    email = serializers.EmailField()
    starts_at = serializers.DateTimeField()
    until = serializers.DateTimeField()


class AnswerShape(serializers.Serializer):  # type: ignore[type-arg]
    """Who answers for a rota, and who does after that.

    `known_until` is how far shifts are worked out; with `is_waiting` a change has yet to be.
    """

    rota = serializers.SlugField()
    name = serializers.CharField()
    team = serializers.SlugField()
    response_minutes = serializers.IntegerField()
    standing = serializers.ChoiceField(choices=Standing.choices)
    now = DutyShape(many=True)
    next = DutyShape(allow_null=True)
    after = DutyShape(allow_null=True)
    known_until = serializers.DateTimeField(allow_null=True)
    is_waiting = serializers.BooleanField()


class ApplicationAnswerShape(serializers.Serializer):  # type: ignore[type-arg]
    """Who answers for an application; `team` is whom to turn to, `answer` is null without a rota."""

    application = serializers.SlugField()
    standing = serializers.ChoiceField(choices=Standing.choices)
    why = serializers.CharField()
    team = serializers.SlugField(allow_null=True)
    is_central = serializers.BooleanField()
    answer = AnswerShape(allow_null=True)


class EverywhereShape(serializers.Serializer):  # type: ignore[type-arg]
    """Who is on call everywhere: every current rota, and which of them answers for what.

    `applications` has the slugs of applications by the slug of the rota that answers for them;
    `unanswered` are those that no rota answers for.
    """

    rotas = AnswerShape(many=True)
    applications = serializers.DictField(
        child=serializers.ListField(child=serializers.SlugField())
    )
    unanswered = serializers.ListField(child=serializers.SlugField())
