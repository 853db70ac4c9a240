"""The filters of the lists, as their addresses hold them."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

from portal.accounts.models import User
from portal.catalogue import selectors
from portal.catalogue.forms.fields import SystemField, TeamField
from portal.catalogue.models import (
    Application,
    Attestation,
    DataClass,
    Lifecycle,
    Team,
    Tier,
    validate_tag,
)
from portal.catalogue.selectors.attestation import in_state
from portal.catalogue.selectors.ownership import owner_missing

ORDERS: dict[str, tuple[str | OrderBy, ...]] = {
    "name": ("name", "id"),
    "-name": ("-name", "-id"),
    "owner": (F("owner__name").asc(nulls_last=True), "name", "id"),
    "-owner": (F("owner__name").desc(nulls_last=True), "name", "id"),
    "tier": ("tier", "name", "id"),
    "-tier": ("-tier", "name", "id"),
    "registered": ("registered_at", "id"),
    "-registered": ("-registered_at", "-id"),
}


def _search(placeholder: str) -> forms.CharField:
    return forms.CharField(
        label="Search",
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": placeholder, "autocomplete": "off"}
        ),
    )


class ApplicationFilters(forms.Form):
    """Which applications to list, and in which order."""

    q = _search("Name, address or tag")
    team = TeamField(required=False, label="Team")
    system = SystemField(required=False, label="System")
    tag = forms.CharField(
        required=False,
        max_length=63,
        validators=[validate_tag],
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )
    tier = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Any"), *((tier.value, f"Tier {tier.value}") for tier in Tier)],
    )
    lifecycle = forms.ChoiceField(required=False, choices=[("", "Any"), *Lifecycle.choices])
    holds = forms.ChoiceField(
        label="Data", required=False, choices=[("", "Any"), *DataClass.choices]
    )
    attestation = forms.ChoiceField(
        label="Owner's word", required=False, choices=[("", "Any"), *Attestation.choices]
    )
    # Which tab of the list is open.
    show = forms.ChoiceField(
        required=False,
        choices=[(one, one) for one in ("", "mine", "unowned", "missing")],
        widget=forms.HiddenInput,
    )
    sort = forms.ChoiceField(
        required=False, choices=[(one, one) for one in ORDERS], widget=forms.HiddenInput
    )

    def applications(self, user: User, *, now: datetime) -> QuerySet[Application]:
        """Return the applications that fit, in order; what cannot be read lets none through.

        Retired ones are there only when they are asked for.
        """
        if not self.is_valid():
            return Application.objects.none()
        chosen = self.cleaned_data
        found = (
            selectors.my_applications(user)
            if chosen["show"] == "mine"
            else selectors.applications_visible_to(user)
        )
        if chosen["show"] == "missing":
            found = found.filter(owner_missing())
        return found.filter(_wanted(chosen, now)).order_by(*ORDERS[chosen["sort"] or "name"])

    @property
    def sort_key(self) -> str:
        """The order that the list has."""
        return str(self.data.get("sort") or "name")

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order was chosen."""
        return any(value for name, value in self.data.items() if name in {*self.fields} - {"sort"})


def _wanted(chosen: dict[str, Any], now: datetime) -> Q:
    wanted = Q(retired_at__isnull=chosen["lifecycle"] != Lifecycle.RETIRED)
    if chosen["show"] == "unowned":
        wanted &= Q(owner=None)
    if chosen["q"]:
        text = chosen["q"].strip()
        named = Q(name__icontains=text) | Q(slug__contains=text.lower())
        wanted &= named | Q(tags__contains=[text.lower()])
    if chosen["team"]:
        wanted &= Q(owner__lineage__contains=[chosen["team"].pk])
    if chosen["tier"]:
        wanted &= Q(tier=chosen["tier"])
    if chosen["lifecycle"]:
        wanted &= Q(lifecycle=chosen["lifecycle"])
    if chosen["system"]:
        wanted &= Q(system=chosen["system"])
    if chosen["tag"]:
        wanted &= Q(tags__contains=[chosen["tag"]])
    if chosen["attestation"]:
        wanted &= in_state(Attestation(chosen["attestation"]), now)
    if chosen["holds"]:
        wanted &= Q(data_classes__contains=[chosen["holds"]])
    return wanted


class TeamFilters(forms.Form):
    """Which teams to list: all as a tree, the tree below one, or those of a name."""

    q = _search("Name or address")
    under = TeamField(required=False, widget=forms.HiddenInput)

    def teams(self, user: User) -> QuerySet[Team]:
        """Return the teams that fit, by name; what cannot be read lets none through."""
        if not self.is_valid():
            return Team.objects.none()
        found = selectors.teams_visible_to(user).order_by("name", "id")
        if text := self.cleaned_data["q"].strip():
            found = found.filter(Q(name__icontains=text) | Q(slug__contains=text.lower()))
        if self.root:
            found = found.filter(lineage__contains=[self.root.pk])
        return found

    @property
    def text(self) -> str:
        """What is searched for; empty shows the tree."""
        return str(self.data.get("q", "")).strip()

    @property
    def root(self) -> Team | None:
        """Below which team to look."""
        team: Team | None = self.cleaned_data.get("under") if self.is_valid() else None
        return team
