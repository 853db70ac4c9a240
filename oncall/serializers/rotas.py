"""Shapes of rotas: settings, layers and who takes turns in them, shifts, and what changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from django.db.models import TextChoices
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from oncall.models import (
    DutyRole,
    Hours,
    Layer,
    Resolution,
    Rota,
    RotaVersion,
    Shift,
    SwapPolicy,
    TurnUnit,
)
from oncall.models.rotas import LONGEST_RESPONSE
from oncall.rota import Fault as Flaw
from oncall.rota import LayerDraft, Span
from oncall.rota import Shift as Stretch
from oncall.rota.drafts import LONGEST_TURN, MOST_LAYERS, MOST_TURNS
from oncall.selectors.rotas import calendars
from oncall.serializers.exceptions import EARLIEST, LATEST, InstantField
from portal.accounts.models import User
from portal.api.serializers import BodyShape, PageQuery, PageShape, WordField, word
from portal.api.serializers.named import NewSlugField, TeamField
from portal.api.serializers.teams import LocalTimeField
from portal.core.clock import validate_zone
from portal.core.problems import MEND, Fault
from portal.core.strict_json import pointer

LONGEST_SPAN = timedelta(days=100)
USUAL_SPAN = timedelta(days=14)
MOST_WEEKS, USUAL_WEEKS = 12, 6
MOST_TOGETHER = 50
MOST_WINDOWS = 50
HIGHEST_PRIORITY = 1000
# How to mend a fault whose words say only what is wrong.
MENDS = {
    "ends_at": "Give a later end, or leave one of both out.",
    "turns": "Name others, or none.",
    "windows": "Add them, or choose other hours.",
}


class RotaState(TextChoices):
    """Which rotas to list."""

    CURRENT = "current", "At work"
    RETIRED = "retired", "Retired"
    ANY = "any", "All of them"


class DayField(serializers.DateField):
    """A day such as 2026-03-06."""

    default_error_messages = {"range": "Use a day from 2000 to 2099."}

    def to_internal_value(self, value: Any) -> date:
        """Return the day."""
        day: date = super().to_internal_value(value)
        if not EARLIEST.date() <= day < LATEST.date():
            self.fail("range")
        return day


class CalendarField(serializers.CharField):
    """A calendar of bank holidays by its slug."""

    default_error_messages = {"does_not_exist": "No calendar of bank holidays is “{input}”."}

    def to_internal_value(self, data: Any) -> Any:
        """Return the calendar that has the slug."""
        slug = super().to_internal_value(data)
        found = calendars().filter(slug=slug).first()
        if found is None:
            self.fail("does_not_exist", input=slug)
        return found


# --- Definitions ------------------------------------------------------------------------------


@extend_schema_serializer(component_name="Window")
class WindowShape(BodyShape):
    """Hours of the week: from a time on these days to a time on the same or a later day."""

    days = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7),
        allow_empty=False,
        max_length=7,
        help_text="ISO weekdays: 1 is Monday.",
    )
    opens = LocalTimeField()
    closes = LocalTimeField(help_text="On the next day if it is not after `opens`.")
    days_later = serializers.IntegerField(
        required=False, min_value=0, max_value=6, help_text="So many days after it opens."
    )


@extend_schema_serializer(component_name="Layer")
class LayerShape(BodyShape):
    """People who take turns in some hours; the layer with the higher priority goes first."""

    name = serializers.CharField(max_length=80)
    role = WordField(DutyRole, required=False, default=DutyRole.PRIMARY)
    priority = serializers.IntegerField(
        required=False, default=0, min_value=-HIGHEST_PRIORITY, max_value=HIGHEST_PRIORITY
    )
    turns = serializers.ListField(
        child=serializers.ListField(
            child=serializers.EmailField(), allow_empty=False, max_length=MOST_TOGETHER
        ),
        allow_empty=False,
        max_length=MOST_TURNS,
        help_text="Who has each turn, by e-mail address: one person, or several together.",
    )
    unit = WordField(
        TurnUnit,
        required=False,
        default=TurnUnit.WEEK,
        allow_null=True,
        help_text="What `length` counts; null: the first turn lasts for ever.",
    )
    length = serializers.IntegerField(
        required=False, default=1, min_value=1, max_value=LONGEST_TURN
    )
    turn_days = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LONGEST_TURN),
        required=False,
        default=list,
        max_length=MOST_TURNS,
        help_text="Days that each turn lasts, again and again; instead of `unit` and `length`.",
    )
    begins_on = DayField(help_text="The day of the first hand-off.")
    handoff_at = LocalTimeField(required=False, default=time(9))
    zone = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=64,
        help_text="An IANA time zone; empty: that of the rota.",
    )
    hours = WordField(Hours, required=False, default=Hours.OUT_OF_HOURS)
    windows = WindowShape(many=True, required=False, default=list, max_length=MOST_WINDOWS)  # type: ignore[call-arg]
    ahead = serializers.IntegerField(
        required=False,
        default=0,
        min_value=0,
        max_value=MOST_TURNS,
        help_text="By so many turns the order is ahead: 1, and next week's primary comes first.",
    )
    starts_at = InstantField(required=False, default=None, allow_null=True)
    ends_at = InstantField(required=False, default=None, allow_null=True)


class DefinitionFields(BodyShape):
    """Layers, and from when they count."""

    layers = LayerShape(many=True, allow_empty=False, max_length=MOST_LAYERS)  # type: ignore[call-arg]
    starts_at = InstantField(help_text="At most a day ago and a year ahead.")


class DefinitionBody(DefinitionFields):
    """Other layers from an instant on, and why."""

    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=1000)


@extend_schema_serializer(component_name="RotaDefinition")
class DefinitionShape(serializers.Serializer[Any]):
    """Layers, from when they count until the next definition does."""

    number = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    reason = serializers.CharField()
    layers = LayerShape(many=True)


# --- Rotas ------------------------------------------------------------------------------------


class SettingFields(BodyShape):
    """What can be set of a rota besides its definition."""

    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    zone = serializers.CharField(
        max_length=64,
        required=False,
        validators=[validate_zone],
        help_text="An IANA time zone; that of the team if left out.",
    )
    calendar = CalendarField(
        required=False,
        allow_null=True,
        help_text="The slug of a calendar of bank holidays; null: none.",
    )
    hours = WordField(Hours, required=False, help_text="Which hours are meant to be covered.")
    resolution = WordField(
        Resolution, required=False, help_text="Who is on call where layers overlap."
    )
    swap_policy = WordField(SwapPolicy, required=False)
    response_minutes = serializers.IntegerField(
        required=False, min_value=1, max_value=LONGEST_RESPONSE
    )


class RotaPatch(SettingFields):
    """What can be changed of a rota: what is left out stays. Layers have an operation of theirs."""

    name = serializers.CharField(max_length=120)


class RotaBody(SettingFields, DefinitionFields):
    """A new rota: its team, its settings, its layers, and from when it counts."""

    name = serializers.CharField(max_length=120)
    slug = NewSlugField()
    team = TeamField(help_text="The slug of the team.")


class PreviewBody(SettingFields, DefinitionFields):
    """A rota that is not stored, and how much of it to show."""

    team = TeamField(help_text="The slug of the team.")
    weeks = serializers.IntegerField(
        required=False, default=USUAL_WEEKS, min_value=1, max_value=MOST_WEEKS
    )


class RotaQuery(PageQuery):
    """Which rotas to list, by name."""

    team = TeamField(required=False, help_text="Of this team or one below it.")
    state = WordField(RotaState, required=False, default=RotaState.CURRENT)


@extend_schema_serializer(component_name="RotaSummary")
class RotaSummaryShape(serializers.Serializer[Any]):
    """Who of a team is on call when: its settings."""

    slug = serializers.CharField()
    name = serializers.CharField()
    team = serializers.CharField()
    description = serializers.CharField()
    zone = serializers.CharField()
    calendar = serializers.CharField(allow_null=True)
    hours = WordField(Hours)
    resolution = WordField(Resolution)
    swap_policy = WordField(SwapPolicy)
    response_minutes = serializers.IntegerField()
    is_central = serializers.BooleanField(
        help_text="Whether it answers for every application that no team has taken on."
    )
    revision = serializers.IntegerField(help_text="Counts the changes of the rota.")
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="Rota")
class RotaShape(RotaSummaryShape):
    """A rota with its definition, and those planned after it."""

    definitions = DefinitionShape(many=True)


class RotaPage(PageShape):
    """A part of the list of rotas."""

    items = RotaSummaryShape(many=True)


# --- Shifts -----------------------------------------------------------------------------------


class ShiftQuery(PageQuery):
    """Which shifts: those with instants from `from` until before `to`."""

    to = InstantField(required=False, help_text="At most 100 days after; 14 if left out.")

    def get_fields(self) -> dict[str, Any]:
        """Add `from`, which is no name in Python."""
        start = InstantField(required=False, help_text="Now, if left out.")
        return {**super().get_fields(), "from": start}


@extend_schema_serializer(component_name="PlannedShift")
class StretchShape(serializers.Serializer[Any]):
    """That a person is on call in a role, without a break."""

    person = serializers.EmailField()
    role = WordField(DutyRole)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="Shift")
class ShiftShape(StretchShape):
    """A shift that is stored; once frozen it is a record that nobody changes."""

    id = serializers.IntegerField()
    frozen_at = serializers.DateTimeField(allow_null=True)


class ShiftPage(PageShape):
    """A part of the shifts of a rota; after `known_until` none are worked out yet."""

    items = ShiftShape(many=True)
    known_until = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="PlannedGap")
class PlannedGapShape(serializers.Serializer[Any]):
    """When nobody would be on call in a role although somebody should be."""

    role = WordField(DutyRole)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class PreviewAnswer(serializers.Serializer[Any]):
    """The weeks that a definition would make."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    shifts = StretchShape(many=True)
    gaps = PlannedGapShape(many=True)


class DefinedAnswer(serializers.Serializer[Any]):
    """The rota as it is now, and what changed of its shifts until they are worked out."""

    rota = RotaShape()
    came = StretchShape(many=True, help_text="Shifts that are new, or end at another time.")
    went = StretchShape(many=True, help_text="Shifts that are no more, or as they were before.")


# --- From a body ------------------------------------------------------------------------------


def addresses_in(layers: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield each address in lower case with where it is in the body."""
    for number, layer in enumerate(layers):
        for turn, group in enumerate(layer["turns"]):
            for place, address in enumerate(group):
                yield pointer("layers", number, "turns", turn, place), address.lower()


def drafts_of(layers: Iterable[Mapping[str, Any]], people: Mapping[str, User]) -> list[LayerDraft]:
    """Return layers as the services take them, `people` having everybody by their address."""
    return [_draft(layer, people) for layer in layers]


def _draft(layer: Mapping[str, Any], people: Mapping[str, User]) -> LayerDraft:
    given = {name: value for name, value in layer.items() if name not in {"turns", "windows"}}
    return LayerDraft(
        **given
        | {
            "groups": tuple(
                # Whoever is named twice in a turn has it once.
                tuple(dict.fromkeys(people[address.lower()].pk for address in group))
                for group in layer["turns"]
            ),
            "unit": layer["unit"] or "",
            "turn_days": tuple(layer["turn_days"]),
            "windows": tuple(_window(window) for window in layer["windows"]),
        }
    )


def _window(window: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: f"{window[name]:%H:%M}" for name in ("opens", "closes")}
    return {**window, **times}


def faults_of(flaws: Iterable[Flaw]) -> list[Fault]:
    """Return what is wrong with layers, each with where it is in the body and how to mend it."""
    return [_fault(flaw) for flaw in flaws]


def _fault(flaw: Flaw) -> Fault:
    name = "turns" if flaw.field == "groups" else flaw.field
    detail, _, mend = flaw.words.partition(". ")
    return Fault(
        f"{detail.removesuffix('.')}.",
        mend or MENDS.get(name, MEND),
        pointer("layers", flaw.layer, name),
    )


# --- Into an answer ---------------------------------------------------------------------------


def summary_shape(rota: Rota) -> dict[str, Any]:
    """Return a rota as `RotaSummaryShape` describes it."""
    return {
        "slug": rota.slug,
        "name": rota.name,
        "team": rota.team.slug,
        "description": rota.description,
        "zone": rota.zone,
        "calendar": rota.calendar.slug if rota.calendar else None,
        "hours": word(rota.hours),
        "resolution": word(rota.resolution),
        "swap_policy": word(rota.swap_policy),
        "response_minutes": rota.response_minutes,
        "is_central": rota.is_central,
        "revision": rota.revision,
        "created_at": rota.created_at,
        "retired_at": rota.retired_at,
    }


def rota_shape(rota: Rota, versions: Iterable[RotaVersion]) -> dict[str, Any]:
    """Return a rota as `RotaShape` describes it; the layers of versions are at hand."""
    return {**summary_shape(rota), "definitions": [_definition(one) for one in versions]}


def _definition(version: RotaVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "starts_at": version.starts_at,
        "reason": version.reason,
        "layers": [_layer(layer) for layer in version.layers.all()],
    }


def _layer(layer: Layer) -> dict[str, Any]:
    turns: dict[int, list[str]] = {}
    for one in layer.participants.all():
        turns.setdefault(one.turn, []).append(one.person.email)
    return {
        "name": layer.name,
        "role": word(layer.role),
        "priority": layer.priority,
        "turns": [turns[turn] for turn in sorted(turns)],
        "unit": word(layer.unit) or None,
        "length": layer.length,
        "turn_days": layer.turn_days,
        "begins_on": layer.begins_on,
        "handoff_at": f"{layer.handoff_at:%H:%M}",
        "zone": layer.zone,
        "hours": word(layer.hours),
        "windows": layer.windows,
        "ahead": layer.ahead,
        "starts_at": layer.starts_at,
        "ends_at": layer.ends_at,
    }


def shift_shape(shift: Shift) -> dict[str, Any]:
    """Return a shift as `ShiftShape` describes it."""
    return {
        "id": shift.pk,
        "person": shift.person.email,
        "role": word(shift.role),
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "frozen_at": shift.frozen_at,
    }


def stretch_shapes(some: Iterable[Stretch], people: Mapping[int, User]) -> list[dict[str, Any]]:
    """Return stretches, by time, as `StretchShape` describes them."""
    return [
        {
            "person": people[int(one.person)].email,
            "role": word(one.role),
            "starts_at": one.start,
            "ends_at": one.end,
        }
        for one in sorted(some)
    ]


def gap_shapes(gaps: Mapping[DutyRole, Sequence[Span]]) -> list[dict[str, Any]]:
    """Return gaps, by time, as `PlannedGapShape` describes them."""
    found = sorted((span, role) for role, spans in gaps.items() for span in spans)
    return [
        {"role": word(role), "starts_at": span.start, "ends_at": span.end} for span, role in found
    ]
