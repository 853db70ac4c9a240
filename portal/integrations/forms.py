"""What people say when they ask for an import."""

import re

from django import forms

from portal.catalogue.models import Application, Environment
from portal.integrations.adapters.git import Selection
from portal.integrations.adapters.sources import Source, SourceError
from portal.integrations.models import HistoryImport
from portal.integrations.selectors.imports import environments_of
from portal.integrations.services.requests import allowed_source

LONGEST_PATTERN = 200


class PatternsField(forms.Field):
    """Several patterns in one line, apart by spaces or commas: a list of them."""

    widget = forms.TextInput

    def to_python(self, value: str | None) -> list[str]:
        return [part for part in re.split(r"[\s,]+", value or "") if part]

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if any(len(part) > LONGEST_PATTERN or not part.isprintable() for part in value):
            raise forms.ValidationError("One of them is too long or has odd characters.")


class EnvironmentField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the environments of an application, by name."""

    def label_from_instance(self, obj: Environment) -> str:
        return obj.name


class TagsForm(forms.Form):
    """Where the repository is, and which of its tags are deployments."""

    source = forms.CharField(
        label="Repository",
        max_length=500,
        help_text="A path on the server, a .bundle file there, or an address.",
        widget=forms.TextInput(attrs={"list": "sources", "spellcheck": "false"}),
    )
    tags = forms.CharField(
        label="Tags that are deployments",
        max_length=LONGEST_PATTERN,
        initial="v*",
        help_text="A pattern: * is anything. Each matching tag is a deployment at its time.",
    )
    excludes = PatternsField(
        label="Except",
        required=False,
        initial="*-alpha* *-beta* *-rc*",
        help_text="Patterns of tags that never were in production, with spaces between them.",
    )

    def clean_source(self) -> Source:
        """Refuse what the server may not read."""
        try:
            return allowed_source(self.cleaned_data["source"])
        except SourceError as error:
            raise forms.ValidationError(str(error)) from error

    @property
    def selection(self) -> Selection:
        """What was selected, once the form is valid."""
        data = self.cleaned_data
        return Selection(
            data["tags"], data["excludes"], data.get("branch", ""), data.get("paths", [])
        )


class ImportForm(TagsForm):
    """A history to import into an application."""

    environment = EnvironmentField(
        Environment.objects.none(), label="Deployed to", empty_label=None
    )
    branch = forms.CharField(
        label="Main branch",
        max_length=200,
        required=False,
        help_text="The repository's default branch when left empty.",
    )
    paths = PatternsField(
        label="Only changes to these paths",
        required=False,
        help_text="For an application that shares its repository, such as svc/checkout/**",
    )

    def __init__(
        self,
        data: object = None,
        *,
        application: Application,
        like: HistoryImport | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(like) if like else None)  # type: ignore[arg-type]
        environments = environments_of(application)
        field = self.fields["environment"]
        if isinstance(field, EnvironmentField):
            field.queryset = environments
            field.initial = field.initial or environments.first()


def _initial(like: HistoryImport) -> dict[str, object]:
    return {
        "source": like.source,
        "tags": like.tags,
        "excludes": " ".join(like.excludes),
        "environment": like.environment_id,
        "branch": like.branch,
        "paths": " ".join(like.paths),
    }
