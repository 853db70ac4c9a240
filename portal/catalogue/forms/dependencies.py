"""Forms of what an application depends on."""

from datetime import datetime

from django import forms

from portal.accounts.models import User
from portal.catalogue import services
from portal.catalogue.forms.fields import ApplicationField
from portal.catalogue.models import Application, Dependency, DependencyKind
from portal.catalogue.services.applications import RetiredError
from portal.catalogue.services.dependencies import DependencyExistsError, SelfDependencyError

KINDS = [(kind.value, f"{kind.label}: {kind.meaning.lower()}") for kind in DependencyKind]


class DependencyChangeForm(forms.Form):
    """How an application depends on another."""

    kind = forms.TypedChoiceField(
        choices=KINDS, coerce=DependencyKind, initial=DependencyKind.HARD
    )
    note = forms.CharField(
        required=False, max_length=200, help_text="What for, such as: asks for exchange rates."
    )

    def change(self, dependency: Dependency, *, actor: User, now: datetime) -> bool:
        """Change the dependency, or return False with the errors in the form."""
        try:
            services.change_dependency(
                dependency=dependency, actor=actor, now=now, **self.cleaned_data
            )
        except RetiredError as error:
            self.add_error(None, str(error))
        return not self.errors


class DependencyForm(DependencyChangeForm):
    """Another application that this one depends on."""

    needed = ApplicationField(label="Depends on")
    field_order = ("needed", "kind", "note")

    def add(self, application: Application, *, actor: User, now: datetime) -> bool:
        """Note the dependency, or return False with the errors in the form."""
        try:
            services.add_dependency(
                application=application, actor=actor, now=now, **self.cleaned_data
            )
        except (DependencyExistsError, SelfDependencyError) as error:
            self.add_error("needed", str(error))
        except RetiredError as error:
            self.add_error(None, str(error))
        return not self.errors
