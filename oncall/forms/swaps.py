"""What people type to trade hours: which of them, whom they ask, and what they say."""

from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from oncall.forms.fields import InstantField
from oncall.models import Shift, Swap
from oncall.rota import Span
from oncall.rules import hours_in_words
from portal.accounts.models import User

WHOLE, TURN, PART = "whole", "turn", "part"


class HoursForm(forms.Form):
    """All of some hours, or a part by two times."""

    which = forms.ChoiceField(label="Which hours", widget=forms.RadioSelect, initial=WHOLE)
    starts_at = InstantField(label="From", required=False)
    ends_at = InstantField(label="Until", required=False, last=True)

    def __init__(
        self,
        data: Any = None,
        *,
        whole: Span,
        zone: str,
        turn: Span | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.spans = {WHOLE: whole} | ({TURN: turn} if turn and turn != whole else {})
        self.fields["which"].choices = [  # type: ignore[attr-defined]
            (name, f"{WORDS[name]}: {hours_in_words(span, zone)}")
            for name, span in self.spans.items()
        ] + [(PART, "A part, from and until")]
        for name, at in (("starts_at", whole.start), ("ends_at", whole.end)):
            field = self.fields[name]
            assert isinstance(field, InstantField)  # noqa: S101 - it is declared above
            field.zone, field.initial = ZoneInfo(zone), at
            field.help_text = f"By your clocks, {zone}. At least 15 minutes."

    def clean(self) -> dict[str, Any]:
        """Ask for both times of a part."""
        values = super().clean() or {}
        if values.get("which") == PART:
            start, end = values.get("starts_at"), values.get("ends_at")
            if not (start and end):
                raise ValidationError("Say from when until when, for a part.")
            if start >= end:
                self.add_error("ends_at", "It ends before it begins.")
        return values

    @property
    def hours(self) -> Span:
        """The hours that are chosen, as far as they can be read; at first all."""
        chosen = self.cleaned_data if self.is_bound and self.is_valid() else {}
        if chosen.get("which") == PART:
            return Span(chosen["starts_at"], chosen["ends_at"])
        return self.spans.get(chosen.get("which", WHOLE), self.spans[WHOLE])


WORDS = {WHOLE: "All of it", TURN: "The whole turn"}


class ReasonedForm(HoursForm):
    """Hours, and why."""

    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The people concerned read it. Needed where a rule warns.",
    )


class AskForm(ReasonedForm):
    """What is asked of a colleague, or of everybody of the team."""

    asked = forms.TypedChoiceField(
        label="Whom do you ask", required=False, widget=forms.RadioSelect, empty_value=None
    )
    back = forms.TypedChoiceField(
        label="In return for",
        required=False,
        empty_value=None,
        help_text="Hours of a colleague that are taken in return; then they are who is asked.",
    )
    answer_by = InstantField(
        label="Answer by",
        required=False,
        help_text="Left empty, until the hours begin. Without an answer nothing changes.",
    )
    field_order = ["which", "starts_at", "ends_at", "asked", "back", "reason", "answer_by"]

    def __init__(
        self, data: Any = None, *, people: Iterable[User], others: Sequence[Shift], **options: Any
    ) -> None:
        super().__init__(data, **options)
        persons = {str(one.pk): one for one in people}
        shifts = {str(one.pk): one for one in others}
        zone = options["zone"]
        asked, back = self.fields["asked"], self.fields["back"]
        asked.coerce, back.coerce = persons.get, shifts.get  # type: ignore[attr-defined]
        asked.choices = [  # type: ignore[attr-defined]
            ("", "Everybody of the team"),
            *((key, one.name) for key, one in persons.items()),
        ]
        back.choices = [  # type: ignore[attr-defined]
            ("", "Nothing"),
            *(
                (key, f"{one.person}: {hours_in_words(Span(one.starts_at, one.ends_at), zone)}")
                for key, one in shifts.items()
            ),
        ]
        by = self.fields["answer_by"]
        assert isinstance(by, InstantField)  # noqa: S101 - it is declared above
        by.zone = ZoneInfo(zone)

    def clean(self) -> dict[str, Any]:
        """Let who gives hours in return be who is asked."""
        values = super().clean()
        asked, back = values.get("asked"), values.get("back")
        if back and asked and back.person_id != asked.pk:
            self.add_error("back", f"These are not hours of {asked}.")
        return values

    @property
    def named(self) -> User | None:
        """Who is asked; None is everybody."""
        back = self.cleaned_data.get("back")
        person: User | None = back.person if back else self.cleaned_data.get("asked")
        return person


class TakeForm(ReasonedForm):
    """What somebody takes of what is asked."""


class AnswerForm(forms.Form):
    """What somebody says when they decline or decide."""

    answer = forms.CharField(
        label="Note", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


def take_form(swap: Swap, zone: str, data: Any = None) -> TakeForm:
    """Return the form to take what is asked; what is offered or returned is taken as a whole."""
    form = TakeForm(data, whole=swap.span, zone=zone)
    if swap.is_offer or swap.back:
        for name in ("which", "starts_at", "ends_at"):
            del form.fields[name]
    return form
