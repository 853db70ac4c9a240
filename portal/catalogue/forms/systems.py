"""Forms that create and change systems."""

from datetime import datetime
from typing import Any

from django import forms

from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError
from portal.catalogue import services
from portal.catalogue.forms.base import ChangeForm
from portal.catalogue.forms.fields import TeamField
from portal.catalogue.models import System, validate_slug
from portal.catalogue.services.systems import SystemSlugError
from portal.catalogue.services.versions import ChangedMeanwhileError, current_version

DESCRIPTION_ROWS = {"rows": 3}


class SystemForm(forms.Form):
    """A new system."""

    name = forms.CharField(max_length=120)
    slug = forms.CharField(
        label="Address",
        required=False,
        max_length=63,
        validators=[validate_slug],
        help_text="Left empty, it follows from the name.",
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    owner = TeamField(label="Owner team")
    description = forms.CharField(
        required=False, max_length=5000, widget=forms.Textarea(attrs=DESCRIPTION_ROWS)
    )

    def create(self, *, actor: User, now: datetime) -> System | None:
        """Create the system, or return None with the errors in the form."""
        try:
            return services.create_system(**self.cleaned_data, actor=actor, now=now)
        except SystemSlugError as error:
            self.add_error("slug", str(error))
        except NotAllowedError as error:
            self.add_error("owner", str(error))
        return None


class SystemChangeForm(ChangeForm):
    """Everything that can be changed of a system."""

    name = forms.CharField(max_length=120)
    owner = TeamField(label="Owner team")
    description = forms.CharField(
        required=False, max_length=5000, widget=forms.Textarea(attrs=DESCRIPTION_ROWS)
    )

    @staticmethod
    def initial_of(system: System) -> dict[str, Any]:
        """Return the values with which the form opens."""
        return {
            "name": system.name,
            "owner": system.owner,
            "description": system.description,
            "seen": current_version(system),
        }

    def change(self, system: System, *, actor: User, now: datetime) -> bool:
        """Change the system, or return False with the errors in the form."""
        try:
            services.change_system(system=system, actor=actor, now=now, **self.cleaned_data)
        except ChangedMeanwhileError as error:
            self.tell_of(error)
        except NotAllowedError as error:
            if system.owner == self.cleaned_data["owner"]:
                raise
            self.add_error("owner", str(error))
        return not self.errors
