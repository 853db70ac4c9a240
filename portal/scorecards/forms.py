"""What people type about scorecards: filters, definitions, exemptions, initiatives."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet

from portal.accounts.models import User
from portal.catalogue.forms.fields import PersonField, TeamField
from portal.catalogue.models import Application, Tier
from portal.scorecards.models import ExemptionState, Initiative, RuleState, Scorecard
from portal.scorecards.rules.definitions import Definition
from portal.scorecards.rules.reading import LONGEST_TEXT
from portal.scorecards.selectors.matrix import Wanted, applications_in


class MatrixFilters(forms.Form):
    """Which applications of a scorecard to list."""

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Name", "autocomplete": "off"}
        ),
    )
    team = TeamField(required=False, label="Team")
    level = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    rule = forms.ChoiceField(required=False)
    state = forms.ChoiceField(required=False, choices=[("", "Any"), *RuleState.choices])

    def __init__(self, data: Any, *, scorecard: Scorecard) -> None:
        super().__init__(data)
        self.scorecard = scorecard
        definition = scorecard.definition
        levels = range(len(definition.levels), -1, -1)
        self.fields["level"].choices = [  # type: ignore[attr-defined]
            ("", "Any"),
            *((rank, definition.level_name(rank).capitalize()) for rank in levels),
        ]
        self.fields["rule"].choices = [  # type: ignore[attr-defined]
            ("", "Any"),
            *((rule.key, rule.title) for rule in definition.rules),
        ]

    def applications(self, user: User) -> QuerySet[Application]:
        """Return the applications that fit, by level and name; unreadable filters fit none."""
        if not self.is_valid():
            return Application.objects.none()
        chosen = self.cleaned_data
        wanted = Wanted(
            chosen["q"].strip(), chosen["team"], chosen["level"], chosen["rule"], chosen["state"]
        )
        return applications_in(user, self.scorecard, wanted).order_by("level", "name", "pk")

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return any(value for name, value in self.data.items() if name in self.fields)

    @property
    def chosen_team(self) -> Any:
        """The team that was chosen, if it can be read."""
        return self.cleaned_data.get("team") if self.is_valid() else None


class DefinitionForm(forms.Form):
    """The text of a definition, and why it is changed; the reason is needed to save alone."""

    text = forms.CharField(
        label="Definition",
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "code"}),
        help_text="YAML. Every check and what it can be told is listed below.",
    )
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=300,
        help_text="Kept with the version. Needed to save, not to try.",
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_text(self) -> str:
        """Bring line endings into the form in which files have them."""
        return "\n".join(self.cleaned_data["text"].splitlines()) + "\n"

    def require_reason(self) -> bool:
        """Return whether there is a reason, and note it beside the field when there is none."""
        if self.cleaned_data.get("reason", "").strip():
            return True
        self.add_error("reason", "Say why, for whoever looks at this version later.")
        return False


class ExemptionForm(forms.Form):
    """Why an application need not keep a rule, and for how long."""

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What stands in the way, and what you do meanwhile. Somebody else decides.",
    )
    days = forms.IntegerField(label="For how many days", min_value=1, initial=30)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        longest = settings.SCORECARD_EXEMPTION_MAX_DAYS
        self.fields["days"] = forms.IntegerField(
            label="For how many days",
            min_value=1,
            max_value=longest,
            initial=min(30, longest),
            help_text=f"At most {longest}. It ends by itself.",
        )


class AnswerForm(forms.Form):
    """What somebody says when they decide."""

    answer = forms.CharField(
        label="Note", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


class ExemptionFilters(forms.Form):
    """Which exemptions to list."""

    state = forms.ChoiceField(required=False, choices=[("", "All"), *ExemptionState.choices])


class InitiativeForm(forms.Form):
    """What shall be reached, by whom and by when."""

    title = forms.CharField(max_length=120)
    why = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    level = forms.TypedChoiceField(
        label="Level to reach", required=False, coerce=int, empty_value=None
    )
    rules = forms.MultipleChoiceField(
        label="Or rules to keep",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Leave the level empty to choose rules.",
    )
    tiers = forms.TypedMultipleChoiceField(
        label="Only tiers",
        required=False,
        coerce=int,
        choices=Tier,
        widget=forms.CheckboxSelectMultiple,
    )
    team = TeamField(
        required=False, label="Only below", help_text="Left empty, the whole company."
    )
    owner = PersonField(help_text="Who drives it: name or e-mail address.")
    starts_on = forms.DateField(
        label="Starts on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    due_on = forms.DateField(
        label="Due on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Any = None, *, scorecard: Scorecard, **options: Any) -> None:
        super().__init__(data, **options)
        definition: Definition = scorecard.definition
        self.fields["level"].choices = [  # type: ignore[attr-defined]
            ("", "None: rules below"),
            *((rank, name.capitalize()) for rank, name in enumerate(definition.levels, start=1)),
        ]
        self.fields["rules"].choices = [  # type: ignore[attr-defined]
            (rule.key, f"{definition.level_name(rule.level).capitalize()}: {rule.title}")
            for rule in definition.rules
        ]

    @staticmethod
    def initial_of(initiative: Initiative) -> dict[str, Any]:
        """Return the values with which the form opens."""
        return {
            name: getattr(initiative, name)
            for name in (
                "title", "why", "level", "rules", "tiers", "team", "owner", "starts_on", "due_on"
            )
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("level") and values.get("rules"):
            self.add_error("rules", "Choose a level or rules, not both.")
        elif not values.get("level") and not values.get("rules"):
            self.add_error("level", "Choose a level, or some rules below.")
        begins, ends = values.get("starts_on"), values.get("due_on")
        if begins and ends and ends <= begins:
            self.add_error("due_on", "It is due after it starts.")
        return values
