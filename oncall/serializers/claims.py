"""Shapes of claims: where they stand, readiness, words, and what is told."""

from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from oncall.models import (
    Claim,
    ClaimSide,
    ClaimState,
    Evidence,
    EvidenceKind,
    ItemState,
    Word,
)
from oncall.plans.claims import ENDED, Side
from oncall.plans.readiness import Item
from oncall.selectors.claims import ReadinessLine
from portal.api.serializers import BodyShape, PageQuery, PageShape, WordField, word
from portal.api.serializers.named import PersonField


class ClaimQuery(PageQuery):
    """Which claims."""

    state = WordField(
        ClaimState, but=[*ENDED], required=False, default="", help_text="Only these."
    )


@extend_schema_serializer(component_name="ClaimSummary")
class ClaimSummaryShape(serializers.Serializer[Any]):
    """Which team takes on the nights of which application, and how far it came."""

    application = serializers.CharField()
    team = serializers.CharField()
    rota = serializers.CharField(allow_null=True)
    state = WordField(ClaimState)
    since = serializers.DateTimeField()
    planned_until = serializers.DateTimeField(allow_null=True)
    met = serializers.IntegerField(help_text="How many items of readiness are met.")
    items = serializers.IntegerField(help_text="How many there are.")
    not_ready_since = serializers.DateTimeField(
        allow_null=True, help_text="Since when a team that answers is not ready any more."
    )


class ClaimPage(PageShape):
    """A part of the claims."""

    items = ClaimSummaryShape(many=True)


@extend_schema_serializer(component_name="ReadinessItem")
class ReadinessShape(serializers.Serializer[Any]):
    """An item of readiness: how it stands, by which evidence, and where it is mended."""

    item = serializers.CharField()
    title = serializers.CharField()
    why = serializers.CharField()
    state = WordField(ItemState)
    evidence = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    mend = serializers.URLField()
    exempt_until = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="ClaimWord")
class GivenShape(serializers.Serializer[Any]):
    """A word that was given at the state where the claim stands."""

    side = WordField(ClaimSide)
    by = serializers.CharField(help_text="The e-mail address.")
    at = serializers.DateTimeField()


@extend_schema_serializer(component_name="Claim")
class ClaimShape(ClaimSummaryShape):
    """A claim with its words and its readiness."""

    words = GivenShape(many=True)
    readiness = ReadinessShape(many=True)


class EvidenceBody(BodyShape):
    """What was done, when, and where that can be seen."""

    kind = WordField(EvidenceKind)
    done_on = serializers.DateField()
    person = PersonField(
        required=False, help_text="Who did a shadow shift: the e-mail address; else left out."
    )
    url = serializers.URLField(required=False, max_length=500)
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000)


@extend_schema_serializer(component_name="Evidence")
class EvidenceShape(serializers.Serializer[Any]):
    """What was told."""

    id = serializers.IntegerField()
    kind = WordField(EvidenceKind)
    done_on = serializers.DateField()
    person = serializers.CharField(allow_null=True)
    url = serializers.CharField()
    note = serializers.CharField()
    told_by = serializers.CharField()
    told_at = serializers.DateTimeField()


class _SideField(WordField):
    """A side of a claim."""

    def to_internal_value(self, data: Any) -> Side:
        """Return the side that the rules know."""
        return Side(super().to_internal_value(data))


class WordBody(BodyShape):
    """For which side, and what is said with it."""

    side = _SideField(ClaimSide)
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000)


def summary_shape(claim: Claim) -> dict[str, Any]:
    """Return a claim as `ClaimSummaryShape` describes it."""
    return {
        "application": claim.application.slug,
        "team": claim.team.slug,
        "rota": claim.rota.slug if claim.rota else None,
        "state": word(claim.state),
        "since": claim.since,
        "planned_until": claim.planned_until,
        "met": claim.met,
        "items": claim.items,
        "not_ready_since": claim.unready_since,
    }


def claim_shape(
    claim: Claim,
    *,
    words: Iterable[Word],
    lines: Iterable[ReadinessLine],
    address: Callable[[str], str],
) -> dict[str, Any]:
    """Return a claim as `ClaimShape` describes it."""
    return {
        **summary_shape(claim),
        "words": [{"side": word(one.side), "by": one.by.email, "at": one.at} for one in words],
        "readiness": [_item(line.item, line, address) for line in lines],
    }


def _item(item: Item, line: ReadinessLine, address: Callable[[str], str]) -> dict[str, Any]:
    check, exception = line.check, line.exception
    is_exempt = exception is not None and exception.approved_at is not None
    return {
        "item": item.key,
        "title": item.title,
        "why": item.why,
        "state": word(check.state if check else ItemState.NO_DATA),
        "evidence": check.evidence if check else "Not checked yet.",
        "since": check.since if check else None,
        "mend": address(line.url),
        "exempt_until": exception.expires_at if exception and is_exempt else None,
    }


def evidence_shape(told: Evidence) -> dict[str, Any]:
    """Return what was told as `EvidenceShape` describes it."""
    return {
        "id": told.pk,
        "kind": word(told.kind),
        "done_on": told.done_on,
        "person": told.person.email if told.person else None,
        "url": told.url,
        "note": told.note,
        "told_by": told.told_by.email,
        "told_at": told.told_at,
    }
