"""Shapes of ownership: its history, claims, and transfers."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from portal.api.serializers import BodyShape, PageShape, ReasonBody, WordField, word
from portal.api.serializers.named import TeamField
from portal.catalogue.models import (
    OwnershipChange,
    OwnershipPeriod,
    TransferRequest,
    TransferSide,
    TransferState,
)


class ClaimBody(BodyShape):
    """For which team."""

    team = TeamField()


@extend_schema_serializer(component_name="OwnershipPeriod")
class OwnershipShape(serializers.Serializer[Any]):
    """That a team owned an application for a while; half-open."""

    team = serializers.CharField(allow_null=True, help_text="Null: nobody did.")
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="Null: still.")
    change = WordField(OwnershipChange, help_text="How it began.")
    reason = serializers.CharField()


class OwnershipPage(PageShape):
    """A part of the history of ownership."""

    items = OwnershipShape(many=True)


class TransferBody(ReasonBody):
    """To whom, asked by which side, and why."""

    to_team = TeamField(help_text="The slug of the team that shall own it.")
    side = WordField(TransferSide, help_text="offer: the owner asks; request: the other team.")


@extend_schema_serializer(component_name="Transfer")
class TransferShape(serializers.Serializer[Any]):
    """That an application shall change hands: one side asks, the other answers."""

    id = serializers.IntegerField()
    application = serializers.CharField()
    from_team = serializers.CharField()
    to_team = serializers.CharField()
    side = WordField(TransferSide)
    state = WordField(TransferState)
    reason = serializers.CharField()
    answer = serializers.CharField()
    requested_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class TransferPage(PageShape):
    """A part of the transfers of an application."""

    items = TransferShape(many=True)


def ownership_shape(period: OwnershipPeriod) -> dict[str, Any]:
    """Return a period as `OwnershipShape` describes it."""
    return {
        "team": period.team.slug if period.team else None,
        "since": period.since,
        "until": period.until,
        "change": word(period.change),
        "reason": period.reason,
    }


def transfer_shape(transfer: TransferRequest) -> dict[str, Any]:
    """Return a transfer as `TransferShape` describes it."""
    return {
        "id": transfer.pk,
        "application": transfer.application.slug,
        "from_team": transfer.from_team.slug,
        "to_team": transfer.to_team.slug,
        "side": word(transfer.side),
        "state": word(transfer.state),
        "reason": transfer.reason,
        "answer": transfer.answer,
        "requested_at": transfer.requested_at,
        "expires_at": transfer.expires_at,
        "decided_at": transfer.decided_at,
    }
