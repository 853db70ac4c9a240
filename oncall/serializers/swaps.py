"""Shapes of swaps and of the rules that they are held to."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from oncall.models import DutyRole, RuleSeverity, Swap, SwapState
from oncall.selectors.load_rules import RuleLine
from oncall.serializers.exceptions import InstantField
from portal.accounts.models import User
from portal.api.serializers import BodyShape, PageQuery, PageShape, WordField, word
from portal.api.serializers.named import LONGEST_SLUG, PersonField


class SwapQuery(PageQuery):
    """Which swaps to list."""

    rota = serializers.CharField(
        required=False, default="", max_length=LONGEST_SLUG, help_text="The slug of a rota."
    )
    state = WordField(SwapState, required=False, default=None)


class PartBody(BodyShape):
    """Part of some hours: both times, or neither for all of them."""

    starts_at = InstantField(required=False, default=None)
    ends_at = InstantField(required=False, default=None)
    reason = serializers.CharField(
        required=False, default="", max_length=500, help_text="Needed where a rule warns."
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Refuse one time without the other."""
        if bool(values["starts_at"]) != bool(values["ends_at"]):
            raise serializers.ValidationError({"ends_at": "Give both times, or neither."})
        return values


class SwapBody(PartBody):
    """Hours of a shift that somebody is asked to take; with `taker` they are offered instead."""

    shift = serializers.IntegerField(min_value=1, help_text="The id of the shift.")
    asked = PersonField(
        required=False, default=None, help_text="Whom you ask; left out: everybody of the team."
    )
    taker = PersonField(
        required=False, default=None, help_text="Who offers to take the hours: you, or yours."
    )
    back = serializers.IntegerField(
        required=False, default=None, min_value=1, help_text="A shift that is taken in return."
    )
    answer_by = InstantField(required=False, default=None)


class TakeBody(PartBody):
    """What is taken, and by whom: you, if it is left out."""

    taker = PersonField(required=False, default=None)


class AnswerBody(BodyShape):
    """What is said to it."""

    answer = serializers.CharField(required=False, default="", max_length=500)


class CoverBody(PartBody):
    """Who covers a gap, and which part of it: you and all, if it is left out."""

    person = PersonField(required=False, default=None)


@extend_schema_serializer(component_name="Swap")
class SwapShape(serializers.Serializer[Any]):
    """A swap; people by their e-mail addresses. Until it is done the giver stays on call."""

    id = serializers.IntegerField()
    rota = serializers.CharField()
    role = WordField(DutyRole)
    state = WordField(SwapState)
    is_offer = serializers.BooleanField(help_text="Whether `asked` offers, and the giver answers.")
    giver = serializers.EmailField()
    asked = serializers.EmailField(allow_null=True, help_text="Null: everybody of the team.")
    taker = serializers.EmailField(allow_null=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    back_starts_at = serializers.DateTimeField(allow_null=True)
    back_ends_at = serializers.DateTimeField(allow_null=True)
    part_of = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    answer = serializers.CharField()
    requested_by = serializers.EmailField()
    requested_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class SwapPage(PageShape):
    """A part of the swaps."""

    items = SwapShape(many=True)


class CoverShape(serializers.Serializer[Any]):
    """That somebody covers a gap."""

    rota = serializers.CharField()
    role = WordField(DutyRole)
    person = serializers.EmailField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class LoadRuleShape(serializers.Serializer[Any]):
    """A rule of rest and load: why it is, where it begins to be broken, and what follows."""

    key = serializers.CharField()
    name = serializers.CharField()
    why = serializers.CharField()
    origin = serializers.CharField(help_text="The law or the guidance that it comes from.")
    counts = serializers.CharField()
    threshold = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    severity = WordField(RuleSeverity)


class LoadRulesAnswer(serializers.Serializer[Any]):
    """All rules of rest and load."""

    items = LoadRuleShape(many=True)


def swap_shape(swap: Swap) -> dict[str, Any]:
    """Return a swap as the API writes it."""
    return {
        "id": swap.pk,
        "rota": swap.rota.slug,
        "role": word(swap.role),
        "state": word(swap.state),
        "is_offer": swap.is_offer,
        "giver": swap.giver.email,
        "asked": _email(swap.asked),
        "taker": _email(swap.taker),
        "starts_at": swap.starts_at,
        "ends_at": swap.ends_at,
        "back_starts_at": swap.back_starts_at,
        "back_ends_at": swap.back_ends_at,
        "part_of": swap.part_of_id,
        "reason": swap.reason,
        "answer": swap.answer,
        "requested_by": swap.requested_by.email,
        "requested_at": swap.requested_at,
        "expires_at": swap.expires_at,
        "decided_at": swap.decided_at,
    }


def rule_shape(line: RuleLine) -> dict[str, Any]:
    """Return a rule as the API writes it."""
    rule = line.rule
    return {
        "key": rule.key,
        "name": rule.name,
        "why": rule.why,
        "origin": rule.source,
        "counts": rule.counts,
        "threshold": line.limit.threshold,
        "unit": rule.unit,
        "severity": line.limit.severity.value,
    }


def _email(person: User | None) -> str | None:
    return person.email if person else None
