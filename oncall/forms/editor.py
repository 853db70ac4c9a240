"""What the pages that make and change a rota share: what was typed, its faults, its preview."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from oncall.adapters.definitions import Plan
from oncall.forms import rotas as fields
from oncall.forms.patterns import fill, fit_to_zones
from oncall.forms.rotas import LayerForm, OptionalPersonField, StartForm
from oncall.forms.typed import Typed, TypedLayer, blank_layer
from oncall.forms.week import window_line
from oncall.models import Hours, Rota
from oncall.rota import Fault, LayerDraft, Span, WorkCalendar, drafts, faults, instant, label
from oncall.selectors.rotas import people_by_id, people_of
from oncall.selectors.trying import Preview, preview, tried
from portal.accounts.models import User
from portal.catalogue.models import Team
from portal.core.clock import local_date

FARTHEST = timedelta(days=3 * 366)
# Faults of the arithmetic stand at the field in which people are added.
PLACES = {"groups": "who"}
# What a layer shares with the first one when it has the same people and turns.
SHARED = ("groups", "begins_on", "handoff_at", "unit", "length", "turn_days", "zone")


@dataclass(frozen=True, slots=True)
class Mend:
    """Something to mend: in which field, and how."""

    field: str
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A layer as the page shows it."""

    number: int
    form: LayerForm
    typed: TypedLayer
    people: Sequence[User]
    others: Sequence[User]


class Editor:
    """What the pages that make and that change a rota have in common.

    `is_checked` is whether the faults of what was typed stand at their fields: while somebody is
    still adding people, they do not.
    """

    def __init__(self, typed: Typed, *, user: User, now: datetime) -> None:
        self.typed = typed
        self.user = user
        self.now = now
        self.is_checked = False
        self.unknown: dict[int, str] = {}

    # --- What belongs to the rota --------------------------------------------------------------

    @property
    def team(self) -> Team | None:
        """The team, as far as it is known."""
        raise NotImplementedError

    @property
    def zone(self) -> ZoneInfo:
        """The clocks by which the times are meant."""
        raise NotImplementedError

    def rota(self) -> Rota | None:
        """Return the rota as it would be, or None while it has faults."""
        raise NotImplementedError

    def handoff(self) -> datetime:
        """Return when the next hand-off is."""
        raise NotImplementedError

    def head_forms(self) -> list[forms.Form]:
        """Return the forms besides those of the layers."""
        return [self.start]

    # --- Forms ---------------------------------------------------------------------------------

    @cached_property
    def start(self) -> StartForm:
        """From when on it counts."""
        return StartForm(self.typed.values)

    @cached_property
    def layer_forms(self) -> list[LayerForm]:
        """The forms of the layers, filled in."""
        found = []
        for number, layer in enumerate(self.typed.layers):
            values = {f"layer-{number}-{name}": value for name, value in layer.values.items()}
            form = LayerForm(values, prefix=f"layer-{number}")
            if number == 0:
                del form.fields["same"]
            found.append(form)
        return found

    @property
    def shown_start(self) -> StartForm:
        """From when on, with its faults if they are to be shown."""
        return self.start if self.is_checked else StartForm(initial=self.typed.values)

    @property
    def layers(self) -> list[LayerRow]:
        """The layers as the page shows them."""
        known = people_by_id(self.typed.people)
        team = self.people
        return [
            LayerRow(
                number,
                self._shown(number, form),
                layer,
                [known[one] for one in layer.people if one in known],
                [one for one in team if one.pk not in layer.people],
            )
            for number, (layer, form) in enumerate(
                zip(self.typed.layers, self.layer_forms, strict=True)
            )
        ]

    @property
    def follows_the_sun(self) -> bool:
        """Whether layers have time zones of their own, to which their hours can be fitted."""
        return len({layer.values["zone"] for layer in self.typed.layers} - {""}) > 1

    @cached_property
    def people(self) -> list[User]:
        """The people of the team."""
        return people_of(self.team) if self.team else []

    def _shown(self, number: int, form: LayerForm) -> LayerForm:
        if self.is_checked:
            return form
        shown = LayerForm(initial=self.typed.layers[number].values, prefix=f"layer-{number}")
        if number == 0:
            del shown.fields["same"]
        return shown

    # --- What the buttons do -------------------------------------------------------------------

    def act(self, action: str) -> None:
        """Do what a button says; who was typed comes in first, and faults show when asked for."""
        self._take_in_typed_people()
        verb, _, rest = action.partition(":")
        if verb == "template" and self.team:
            fill(self.typed, rest, self.team, self.today)
        elif verb == "layer":
            self.typed.add_layer(self._another())
        elif verb == "fit":
            fit_to_zones(self.typed, self.today)
        elif verb in {"preview", "save"}:
            self.is_checked = True
        else:
            self.typed.act(action, [person.pk for person in self.people])
        self._forget()

    def _forget(self) -> None:
        """Let everything that followed from what was typed be worked out anew."""
        for name in ("start", "head", "team_form", "layer_forms", "drafts", "is_sound"):
            self.__dict__.pop(name, None)

    @property
    def today(self) -> date:
        """The day by the clocks of the rota."""
        return local_date(self.now, self.zone.key)

    def _take_in_typed_people(self) -> None:
        for number, layer in enumerate(self.typed.layers):
            text = layer.values["who"].strip()
            if not text:
                continue
            try:
                person = OptionalPersonField(required=False).clean(text)
            except ValidationError as error:
                self.unknown[number] = " ".join(error.messages)
            else:
                layer.add(person.pk)
                layer.values["who"] = ""

    def _another(self) -> dict[str, str]:
        first = self.typed.layers[0].values if self.typed.layers else {}
        kept = {name: first.get(name, "") for name in ("hours", "begins_on", "handoff_at")}
        return blank_layer(name=f"Layer {len(self.typed.layers) + 1}", **kept)

    # --- Faults --------------------------------------------------------------------------------

    @cached_property
    def drafts(self) -> list[LayerDraft] | None:
        """The layers in the terms of the arithmetic, or None when a field cannot be read."""
        if not all([form.is_valid() for form in self.layer_forms]):  # noqa: C419 - all are asked
            return None
        found: list[LayerDraft] = []
        for layer, form in zip(self.typed.layers, self.layer_forms, strict=True):
            found.append(self._draft(layer, form, found[0] if found else None))
        return found

    def _draft(self, layer: TypedLayer, form: LayerForm, first: LayerDraft | None) -> LayerDraft:
        values = form.cleaned_data
        own: dict[str, Any] = {
            "groups": layer.groups,
            **{name: values[name] for name in SHARED if name != "groups"},
        }
        if first and values.get("same"):
            own = {name: getattr(first, name) for name in SHARED}
        return LayerDraft(
            name=values["name"],
            role=values["role"].value,
            priority=values["priority"],
            hours=values["hours"].value,
            windows=tuple(values["windows"]) if values["hours"] == Hours.WEEKLY else (),
            ahead=values["ahead"],
            starts_at=self._instant(values["starts_at"]),
            ends_at=self._instant(values["ends_at"]),
            **own,
        )

    def _instant(self, at: datetime | None) -> datetime | None:
        return instant(at, self.zone) if at else None

    def put_faults(self, found: Sequence[Fault]) -> None:
        """Let each fault of the arithmetic stand at its field."""
        for fault in found:
            if fault.layer < len(self.layer_forms):
                form = self.layer_forms[fault.layer]
                form.add_error(PLACES.get(fault.field, fault.field), fault.words)

    @cached_property
    def is_sound(self) -> bool:
        """Whether nothing is left to mend; looking puts each fault at its field."""
        rota, layers = self.rota(), self.drafts
        is_fine = all([form.is_valid() for form in self.head_forms()])  # noqa: C419 - all are asked
        for number, words in self.unknown.items():
            if "who" not in self.layer_forms[number].errors:
                self.layer_forms[number].add_error("who", words)
        if rota is None or layers is None or not is_fine or self.unknown:
            return False
        found = faults(layers, is_union=rota.is_union)
        self.put_faults(found)
        return not found

    @property
    def mends(self) -> list[Mend]:
        """What is left to mend, in the order of the page."""
        return list(self._mends())

    def _mends(self) -> Iterator[Mend]:
        if self.is_sound:
            return
        for number, form in [
            *((None, form) for form in self.head_forms()),
            *enumerate(self.layer_forms),
        ]:
            for name, errors in form.errors.items():
                field = _bound(form, name)
                place = f"Layer {number + 1}: " if number is not None else ""
                yield Mend(
                    field.auto_id if field else "editor",
                    f"{place}{field.label}" if field else "Rota",
                    " ".join(map(str, errors)),
                )

    # --- What it comes to ----------------------------------------------------------------------

    @property
    def starts_at(self) -> datetime:
        """Return the instant from which on it counts; the form is valid."""
        chosen = self.start.cleaned_data
        if chosen["when"] == fields.NOW:
            return self.now
        if chosen["when"] == fields.HANDOFF:
            return self.handoff()
        day, at = chosen["from_day"], chosen["from_time"]
        return instant(datetime.combine(day, at or datetime.min.time()), self.zone)

    @cached_property
    def preview(self) -> Preview | None:
        """The weeks from the start on, or None while something is left to mend."""
        plan = self.plan
        return preview(plan, self.drafts or [], starts_at=self.starts_at) if plan else None

    @cached_property
    def plan(self) -> Plan | None:
        """What would count from the start on, or None while something is left to mend."""
        rota, layers = self.rota(), self.drafts
        if not self.is_sound or rota is None or layers is None:
            return None
        return tried(rota, layers, starts_at=self.starts_at)


def next_handoff(draft: LayerDraft, calendar: WorkCalendar, now: datetime) -> datetime:
    """Return when the next turn of a layer begins; without turns, now."""
    rotation = drafts.layer_of(draft, calendar).rotation
    if rotation is None:
        return now
    zone = ZoneInfo(draft.zone) if draft.zone else calendar.zone
    first = instant(datetime.combine(draft.begins_on, draft.handoff_at), zone)
    if first >= now:
        return first
    turns = rotation.turns(Span(now, now + FARTHEST))
    return next((turn.span.start for turn in turns if turn.span.start >= now), now)


def typed_layers(layers: Sequence[LayerDraft], rota: Rota) -> list[TypedLayer]:
    """Return the layers of a version as somebody would have typed them."""
    return [
        TypedLayer(
            _written(layer, layers[0] if number else None, rota),
            [person for group in layer.groups for person in group],
            {person for group in layer.groups for person in group[1:]},
        )
        for number, layer in enumerate(layers)
    ]


def _written(layer: LayerDraft, first: LayerDraft | None, rota: Rota) -> dict[str, str]:
    is_same = first is not None and all(
        getattr(layer, name) == getattr(first, name) for name in SHARED
    )
    labels: Mapping[str, str] = {
        name: f"{label(at, ZoneInfo(rota.zone)):%Y-%m-%dT%H:%M}" if at else ""
        for name, at in (("starts_at", layer.starts_at), ("ends_at", layer.ends_at))
    }
    return blank_layer(
        name=layer.name,
        role=layer.role,
        priority=str(layer.priority),
        unit=layer.unit,
        length=str(layer.length),
        turn_days=", ".join(map(str, layer.turn_days)),
        begins_on=layer.begins_on.isoformat(),
        handoff_at=f"{layer.handoff_at:%H:%M}",
        zone=layer.zone,
        hours=layer.hours,
        windows="\n".join(window_line(window) for window in layer.windows),
        ahead=str(layer.ahead),
        same="on" if is_same else "",
        **labels,
    )


def _bound(form: forms.Form, name: str) -> BoundField | None:
    return form[name] if name in form.fields else None
