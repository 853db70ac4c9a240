"""Forms of an application's environments and repositories."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from portal.accounts.models import User
from portal.catalogue import services
from portal.catalogue.forms.fields import LinesField
from portal.catalogue.models import Application, Environment, Repository
from portal.catalogue.services.applications import RetiredError
from portal.catalogue.services.environments import EnvironmentExistsError, NoEnvironmentSlugError
from portal.catalogue.services.repositories import RepositoryExistsError

validate_repository_address = RegexValidator(
    r"^(?:(?:https?|ssh|file)://(?![^/\s]*:[^/\s]*@)|/|[\w.-]+@[\w.-]+:)[^\s\x00-\x1f]+\Z",
    "Use an address that git clone takes, such as https://git.example.com/pay.git, without a "
    "password in it.",
)


class EnvironmentForm(forms.Form):
    """An environment, new or not."""

    name = forms.CharField(max_length=60, help_text="Such as Staging, or Production EU.")
    is_production = forms.BooleanField(
        label="Production",
        required=False,
        help_text="KPIs count what is deployed to production.",
    )
    position = forms.IntegerField(
        min_value=0, max_value=99, initial=0, help_text="Lower ones come first in lists."
    )

    def add(self, application: Application, *, actor: User, now: datetime) -> bool:
        """Add the environment, or return False with the errors in the form."""
        try:
            services.add_environment(
                application=application, actor=actor, now=now, **self.cleaned_data
            )
        except (EnvironmentExistsError, NoEnvironmentSlugError) as error:
            self.add_error("name", str(error))
        except RetiredError as error:
            self.add_error(None, str(error))
        return not self.errors

    def change(self, environment: Environment, *, actor: User, now: datetime) -> bool:
        """Change the environment, or return False with the errors in the form."""
        try:
            services.change_environment(
                environment=environment, actor=actor, now=now, **self.cleaned_data
            )
        except RetiredError as error:
            self.add_error(None, str(error))
        return not self.errors


class RepositoryForm(forms.Form):
    """A repository, new or not."""

    url = forms.CharField(
        label="Address",
        max_length=500,
        validators=[validate_repository_address],
        help_text="As git clone takes it, such as https://git.example.com/pay.git",
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )
    paths = LinesField(
        label="Only these paths",
        longest=300,
        help_text="One per line, such as svc/pay/**. Left empty, the whole repository counts.",
    )

    def add(self, application: Application, *, actor: User, now: datetime) -> bool:
        """Add the repository, or return False with the errors in the form."""
        try:
            services.add_repository(
                application=application, actor=actor, now=now, **self.cleaned_data
            )
        except RepositoryExistsError as error:
            self.add_error("url", str(error))
        except RetiredError as error:
            self.add_error(None, str(error))
        except ValidationError as error:
            self.add_error(None, error.messages)
        return not self.errors

    def change(self, repository: Repository, *, actor: User, now: datetime) -> bool:
        """Change the repository, or return False with the errors in the form."""
        try:
            services.change_repository(
                repository=repository, actor=actor, now=now, **self.cleaned_data
            )
        except RepositoryExistsError as error:
            self.add_error("url", str(error))
        except RetiredError as error:
            self.add_error(None, str(error))
        except ValidationError as error:
            self.add_error(None, error.messages)
        return not self.errors
