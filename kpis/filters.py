"""Filters of the tables of rows: which population, what text, in which order."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Generic

from django import forms
from django.db.models import Q, QuerySet

from kpis.models import ChangeInDeployment, Deployment, DeploymentKind, Incident, Rollup, Severity
from kpis.selectors import rows
from kpis.selectors.rows import Fact, Population, Sorting
from portal.core.keyset import Order

_HEXADECIMAL = re.compile(r"[0-9a-f]{4,64}\Z")


@dataclass(frozen=True, slots=True)
class Tab:
    """One population as a tab; `count` is None where the roll-up does not count it."""

    key: str
    label: str
    count: int | None
    is_current: bool


class RowFilters(forms.Form, Generic[Fact]):
    """What the three tables share: a population, a text and an order."""

    populations: ClassVar[tuple[Population, ...]]
    sortings: ClassVar[tuple[Sorting, ...]]
    searches: ClassVar[str]

    q = forms.CharField(required=False, max_length=100, label="Search")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["show"] = forms.ChoiceField(
            required=False,
            widget=forms.HiddenInput,
            choices=[(one.key, one.label) for one in self.populations],
        )
        self.fields["sort"] = forms.ChoiceField(
            required=False,
            label="Order",
            choices=[(one.key, one.label) for one in self.sortings],
        )
        self.fields["q"].widget.attrs["placeholder"] = self.searches
        self.is_valid()

    @property
    def population(self) -> Population:
        """The chosen population, else the first."""
        key = self.cleaned_data.get("show")
        return next((one for one in self.populations if one.key == key), self.populations[0])

    @property
    def order(self) -> Order:
        """The chosen order, else the first."""
        key = self.cleaned_data.get("sort")
        return next((one for one in self.sortings if one.key == key), self.sortings[0]).order

    def tabs(self, rollup: Rollup | None) -> list[Tab]:
        """Return the populations with the numbers that the roll-up counted."""
        return [
            Tab(
                one.key,
                one.label,
                one.count and (one.count(rollup) if rollup else 0),
                one is self.population,
            )
            for one in self.populations
        ]

    def apply(self, found: QuerySet[Fact, Any]) -> QuerySet[Fact, Any]:
        """Return the rows that fit; what cannot be read lets nothing through."""
        if not self.is_valid():
            return found.none()
        found = found.filter(self.population.condition, self.narrowing())
        text = self.cleaned_data["q"].strip()
        return found.filter(self.matching(text)) if text else found

    def narrowing(self) -> Q:
        """Return what the further fields ask for."""
        return Q()

    def matching(self, text: str) -> Q:
        """Return what a text is looked for in."""
        raise NotImplementedError

    def in_words(self) -> str:
        """Return what was filtered by, for the audit event of an export."""
        return ", ".join(f"{name}={value}" for name, value in self.cleaned_data.items() if value)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order was chosen."""
        return any(value for name, value in self.cleaned_data.items() if name != "sort")


class DeploymentFilters(RowFilters[Deployment]):
    """Filters of the table of deployments."""

    populations = rows.DEPLOYMENT_POPULATIONS
    sortings = rows.DEPLOYMENT_SORTINGS
    searches = "Version, application or person"

    kind = forms.ChoiceField(
        required=False, choices=[("", "Any kind"), *DeploymentKind.choices], label="Kind"
    )

    def narrowing(self) -> Q:
        """Return the chosen kind."""
        kind = self.cleaned_data["kind"]
        return Q(kind=kind) if kind else Q()

    def matching(self, text: str) -> Q:
        """Look in version, application and deployer."""
        return (
            Q(version__icontains=text)
            | Q(application__name__icontains=text)
            | Q(deployer__icontains=text)
        )


class ChangeFilters(RowFilters[ChangeInDeployment]):
    """Filters of the table of changes."""

    populations = rows.CHANGE_POPULATIONS
    sortings = rows.CHANGE_SORTINGS
    searches = "Title, author or start of the sha"

    def matching(self, text: str) -> Q:
        """Look in title and author, and at the start of the sha when it could be one."""
        found = Q(change__title__icontains=text) | Q(change__author__icontains=text)
        if _HEXADECIMAL.match(text.lower()):
            found |= Q(change__sha__startswith=text.lower())
        return found


class IncidentFilters(RowFilters[Incident]):
    """Filters of the table of incidents."""

    populations = rows.INCIDENT_POPULATIONS
    sortings = rows.INCIDENT_SORTINGS
    searches = "Title or application"

    severity = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Any severity"), *Severity.choices],
    )

    def narrowing(self) -> Q:
        """Return the chosen severity."""
        severity = self.cleaned_data["severity"]
        return Q(severity=severity) if severity else Q()

    def matching(self, text: str) -> Q:
        """Look in title and application."""
        return Q(title__icontains=text) | Q(application__name__icontains=text)
