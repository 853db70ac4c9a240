"""Shapes that all operations share: bodies and queries that know every name they are given."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from django.db.models import Choices
from rest_framework import serializers
from rest_framework.request import Request

from portal.core.problems import Fault, ProblemError, faults_in

DEFAULT_LIMIT = 50
HIGHEST_LIMIT = 200

Query = TypeVar("Query", bound="QueryShape")


class BodyShape(serializers.Serializer[Any]):
    """A body whose every name must be known: what is misspelt is told, not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the values; raise `ValidationError` for names that mean nothing here."""
        if isinstance(data, Mapping):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            unknown = {
                str(name): [serializers.ErrorDetail("This name means nothing here.", "unknown")]
                for name in data.keys() - writable
            }
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


class QueryShape(serializers.Serializer[Any]):
    """The parameters of a query, each known and given once."""


class PageQuery(QueryShape):
    """Which part of a list: the links `next` and `previous` of an answer fill the cursor in."""

    limit = serializers.IntegerField(
        required=False,
        default=DEFAULT_LIMIT,
        min_value=1,
        max_value=HIGHEST_LIMIT,
        help_text="How many items at most.",
    )
    cursor = serializers.CharField(
        required=False,
        default="",
        max_length=600,
        help_text="Where to go on, from `next` or `previous` of another answer.",
    )


class PageShape(serializers.Serializer[Any]):
    """A part of a list; `next` and `previous` are null at its ends."""

    next = serializers.URLField(allow_null=True, help_text="The items after these.")
    previous = serializers.URLField(allow_null=True, help_text="The items before these.")


def read_query(shape: type[Query], request: Request) -> dict[str, Any]:
    """Return the parameters of a request.

    Raises:
        ProblemError: one is unknown, given twice, or does not fit (400).
    """
    query = shape(data=request.query_params)
    faults = [
        Fault(f"{name} means nothing here.", "Leave it out, or check its spelling.", "", name)
        for name in request.query_params.keys() - query.fields.keys()
    ]
    faults += [
        Fault(f"{name} is given more than once.", "Give it once.", "", name)
        for name, values in request.query_params.lists()
        if len(values) > 1
    ]
    if not query.is_valid():
        faults += [
            Fault(f"{name}: {fault.detail}", fault.mend, "", str(name))
            for name, detail in query.errors.items()
            for fault in faults_in(detail)
        ]
    if faults:
        raise ProblemError(400, " ".join(fault.detail for fault in faults), errors=faults)
    return dict(query.validated_data)


def read_body(
    shape: type[BodyShape], request: Request, *, partial: bool = False
) -> dict[str, Any]:
    """Return the values of the body of a request.

    Raises:
        ValidationError: one is unknown, missing, or does not fit.
    """
    body = shape(data=request.data, partial=partial)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


class ReasonBody(BodyShape):
    """Why; auditors read it."""

    reason = serializers.CharField(max_length=1000)


class WordField(serializers.ChoiceField):
    """A closed list by its words in lower case: `production`, not `PRODUCTION`."""

    def __init__(self, kinds: type[Choices], *, but: Collection[str] = (), **kwargs: Any) -> None:
        self.kinds = kinds
        words = [(str(one.value).lower(), str(one.label)) for one in kinds if one.value not in but]
        super().__init__(choices=words, **kwargs)
        known = ", ".join(word for word, _ in words)
        self.error_messages["invalid_choice"] = f"“{{input}}” is none of {known}."

    def to_internal_value(self, data: Any) -> Any:
        """Return the member of the list."""
        word = super().to_internal_value(data)
        return next(one for one in self.kinds if str(one.value).lower() == word)


def word(value: str) -> str:
    """Return a value of a closed list as the API writes it."""
    return value.lower()
