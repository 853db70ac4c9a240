"""What people type to let somebody be on call other than planned."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms

from oncall.forms.calendar import OptionalPerson
from oncall.forms.fields import InstantField
from oncall.models import Change, DutyRole, Override, Rota
from oncall.rota import Span
from portal.accounts.models import User

PLAIN = (
    (Change.COVER, "Somebody covers alone: whoever is planned stands down"),
    (Change.REPLACE, "Somebody takes the place of one person"),
    (Change.ADD, "Somebody comes on call as well"),
    (Change.REMOVE, "Somebody stands down, and nobody comes"),
)
WANTS_COMES = frozenset({Change.COVER, Change.REPLACE, Change.ADD})
WANTS_GOES = frozenset({Change.REPLACE, Change.REMOVE})


class OverrideForm(forms.Form):
    """Who comes, who goes, from when until when; times by the clocks of who types."""

    kind = forms.TypedChoiceField(
        label="What changes",
        choices=PLAIN,
        coerce=Change,
        widget=forms.RadioSelect,
        initial=Change.COVER,
    )
    role = forms.TypedChoiceField(
        label="As", choices=DutyRole.choices, coerce=DutyRole, initial=DutyRole.PRIMARY
    )
    comes = OptionalPerson(
        required=False, label="Who comes on call", help_text="Name or e-mail address."
    )
    goes = OptionalPerson(
        required=False, label="Who stands down", help_text="Name or e-mail address."
    )
    since = InstantField(label="From")
    until = InstantField(label="Until", last=True)
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=300,
        help_text="Everybody who looks at the rota can read it.",
    )

    def __init__(
        self, data: Any = None, *, rota: Rota, zone: str, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.rota = rota
        self.zone = ZoneInfo(zone)
        for name in ("since", "until"):
            field = self.fields[name]
            assert isinstance(field, InstantField)  # noqa: S101 - it is declared above
            field.zone = self.zone
            field.help_text = f"By your clocks, {zone}."

    @classmethod
    def prefilled(cls, query: Mapping[str, Any], *, rota: Rota, zone: str) -> "OverrideForm":
        """Return the form as a link fills it; what cannot be read is left empty."""
        given = cls({"kind": Change.COVER, "role": DutyRole.PRIMARY, **_texts(query)},
                    rota=rota, zone=zone)  # fmt: skip
        given.full_clean()
        return cls(rota=rota, zone=zone, initial=given.cleaned_data)

    @property
    def slot(self) -> Span | None:
        """The period that is meant, as far as it can be read."""
        values = self.cleaned_data if self.is_bound else self.initial
        since, until = values.get("since"), values.get("until")
        return Span(since, until) if since and until and since < until else None

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What was read, as the fields of the form that makes it."""
        return list(query_of(self.cleaned_data).items())

    def suggesting(self, person: User) -> str:
        """Return the query with which the form opens on somebody who steps in."""
        values = dict(self.cleaned_data if self.is_bound else self.initial)
        return urlencode({**query_of({**values, "comes": person}), "preview": "1"})

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kind = values.get("kind")
        if kind in WANTS_COMES and not values.get("comes") and "comes" not in self.errors:
            self.add_error("comes", "Say who comes on call.")
        if kind in WANTS_GOES and not values.get("goes") and "goes" not in self.errors:
            self.add_error("goes", "Say who stands down.")
        since, until = values.get("since"), values.get("until")
        if since and until and until <= since:
            self.add_error("until", "It ends before it begins. Choose a later time.")
        return values

    def people(self) -> dict[str, User | None]:
        """Return who comes and who goes, as far as the change has them."""
        kind = self.cleaned_data["kind"]
        return {
            "comes": self.cleaned_data["comes"] if kind in WANTS_COMES else None,
            "goes": self.cleaned_data["goes"] if kind in WANTS_GOES else None,
        }

    def override(self) -> Override:
        """Return the override that is meant, not stored."""
        chosen = self.cleaned_data
        return Override(
            rota=self.rota,
            kind=chosen["kind"],
            role=chosen["role"],
            starts_at=chosen["since"],
            ends_at=chosen["until"],
            **self.people(),
        )


def query_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of the form as a query has them, instants with their offset."""
    written = {}
    for name, value in values.items():
        if value in {None, ""}:
            continue
        if name in {"since", "until"}:
            written[name] = value.isoformat(timespec="minutes")
        else:
            written[name] = value.email if isinstance(value, User) else str(value)
    return written


def values_of(override: Override) -> dict[str, str]:
    """Return a stored override as the fields of the form that makes it again."""
    return query_of(
        {
            "kind": override.kind,
            "role": override.role,
            "comes": override.comes,
            "goes": override.goes,
            "since": override.starts_at,
            "until": override.ends_at,
            "reason": override.reason,
        }
    )


def _texts(query: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(query[name]) for name in query if query[name]}
