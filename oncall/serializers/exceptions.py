"""Shapes of what makes the plan differ: overrides, leave, and gaps."""

from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from oncall.models import Change, DutyRole, Gap, Leave, Override
from portal.accounts.models import User
from portal.api.serializers import BodyShape, PageQuery, PageShape, WordField, word
from portal.api.serializers.named import LONGEST_SLUG, PersonField, TeamField

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class InstantField(serializers.DateTimeField):
    """An instant with its zone, such as 2026-03-06T18:00:00Z; one without a zone is refused."""

    default_error_messages = {
        "zone": "Say in which zone: end it with Z or an offset such as +01:00.",
        "range": "Use a time between 2000 and 2099.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Return the instant."""
        try:
            at = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            at = None
        if at is None:
            self.fail("invalid", format="2026-03-06T18:00:00Z")
        if at.tzinfo is None:
            self.fail("zone")
        if not EARLIEST <= at < LATEST:
            self.fail("range")
        return at.astimezone(UTC)


# --- Overrides --------------------------------------------------------------------------------


class OverrideBody(BodyShape):
    """Who comes on call, who stands down, and when; `kind` says which of them it takes."""

    kind = WordField(Change)
    role = WordField(DutyRole, required=False, default=DutyRole.PRIMARY)
    comes = PersonField(required=False, default=None, help_text="Who comes on call.")
    goes = PersonField(required=False, default=None, help_text="Who stands down.")
    starts_at = InstantField()
    ends_at = InstantField()
    reason = serializers.CharField(required=False, default="", max_length=300)


@extend_schema_serializer(component_name="Override")
class OverrideShape(serializers.Serializer[Any]):
    """An exception for a while; people by their e-mail addresses."""

    id = serializers.IntegerField()
    rota = serializers.CharField()
    kind = WordField(Change)
    role = WordField(DutyRole)
    comes = serializers.EmailField(allow_null=True)
    goes = serializers.EmailField(allow_null=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField()
    made_by = serializers.EmailField()
    made_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(allow_null=True)


class OverridePage(PageShape):
    """A part of the list of overrides."""

    items = OverrideShape(many=True)


def override_shape(override: Override) -> dict[str, Any]:
    """Return an override as `OverrideShape` describes it."""
    return {
        "id": override.pk,
        "rota": override.rota.slug,
        "kind": word(override.kind),
        "role": word(override.role),
        "comes": _address(override.comes),
        "goes": _address(override.goes),
        "starts_at": override.starts_at,
        "ends_at": override.ends_at,
        "reason": override.reason,
        "made_by": override.made_by.email,
        "made_at": override.made_at,
        "cancelled_at": override.cancelled_at,
    }


# --- Leave ------------------------------------------------------------------------------------


class LeaveBody(BodyShape):
    """When the owner of the token is away."""

    starts_at = InstantField()
    ends_at = InstantField()
    note = serializers.CharField(required=False, default="", max_length=200)


@extend_schema_serializer(component_name="Leave")
class LeaveShape(serializers.Serializer[Any]):
    """That somebody is away."""

    id = serializers.IntegerField()
    person = serializers.EmailField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    note = serializers.CharField()


class LeavePage(PageShape):
    """A part of the list of leave."""

    items = LeaveShape(many=True)


def leave_shape(leave: Leave) -> dict[str, Any]:
    """Return leave as `LeaveShape` describes it."""
    return {
        "id": leave.pk,
        "person": leave.person.email,
        "starts_at": leave.starts_at,
        "ends_at": leave.ends_at,
        "note": leave.note,
    }


# --- Gaps -------------------------------------------------------------------------------------


class GapQuery(PageQuery):
    """Which gaps to list; without team and rota those of every rota."""

    team = TeamField(required=False, help_text="Of rotas of this team or one below it.")
    rota = serializers.CharField(
        required=False, max_length=LONGEST_SLUG, help_text="The slug of a rota."
    )
    accepted = serializers.BooleanField(
        required=False, default=False, help_text="Whether those that were accepted are listed too."
    )


class AcceptBody(BodyShape):
    """Why nobody needs to be on call then."""

    note = serializers.CharField(max_length=500)


@extend_schema_serializer(component_name="Gap")
class GapShape(serializers.Serializer[Any]):
    """When nobody is on call in a role although somebody should be."""

    id = serializers.IntegerField()
    rota = serializers.CharField()
    team = serializers.CharField()
    role = WordField(DutyRole)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    accepted_by = serializers.EmailField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class GapPage(PageShape):
    """A part of the list of gaps."""

    items = GapShape(many=True)


def gap_shape(gap: Gap) -> dict[str, Any]:
    """Return a gap as `GapShape` describes it."""
    return {
        "id": gap.pk,
        "rota": gap.rota.slug,
        "team": gap.rota.team.slug,
        "role": word(gap.role),
        "starts_at": gap.starts_at,
        "ends_at": gap.ends_at,
        "accepted_by": _address(gap.accepted_by),
        "accepted_at": gap.accepted_at,
        "note": gap.note,
    }


def _address(person: User | None) -> str | None:
    return person.email if person else None
