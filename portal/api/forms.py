"""The form of a new token."""

from datetime import datetime, timedelta

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError
from portal.api.policies import scopes_held
from portal.api.services.tokens import (
    Issued,
    TokenLifetimeError,
    TokenNameTakenError,
    create_personal_token,
    create_pipeline_token,
)
from portal.api.types import Scope
from portal.catalogue.models import Application, validate_slug

LIFETIMES = (7, 30, 90, 180, 365)
USUAL_LIFETIME = 90


class TokenForm(forms.Form):
    """A token for oneself, or for the pipeline of an application: with scopes that one holds."""

    name = forms.CharField(
        max_length=63,
        validators=[validate_slug],
        help_text="What it is for, such as laptop or ci.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    scopes = forms.TypedMultipleChoiceField(
        label="It may",
        coerce=Scope,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    days = forms.TypedChoiceField(
        label="Expires",
        coerce=int,
        help_text="A token that leaked is useless after that. It can be revoked earlier.",
    )

    def __init__(self, *args: object, user: User, application: Application | None = None) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.user, self.application = user, application
        held = scopes_held(user)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (one.value, one.label) for one in Scope if one in held
        ]
        self.fields["scopes"].initial = [Scope.EVENTS_WRITE] if application else []
        self.fields["days"].choices = [  # type: ignore[attr-defined]
            (days, f"in {days} days")
            for days in LIFETIMES
            if days <= settings.API_TOKEN_LONGEST_DAYS
        ]
        self.fields["days"].initial = USUAL_LIFETIME

    def issue(self, now: datetime) -> Issued | None:
        """Create the token, or return None with the errors in the form."""
        chosen = self.cleaned_data
        scopes, expires_at = chosen["scopes"], now + timedelta(days=chosen["days"])
        try:
            if self.application is None:
                return create_personal_token(
                    name=chosen["name"],
                    scopes=scopes,
                    expires_at=expires_at,
                    actor=self.user,
                    now=now,
                )
            return create_pipeline_token(
                application=self.application,
                name=chosen["name"],
                scopes=scopes,
                expires_at=expires_at,
                actor=self.user,
                now=now,
            )
        except TokenNameTakenError as error:
            self.add_error("name", str(error))
        except TokenLifetimeError as error:
            self.add_error("days", str(error))
        except (ValidationError, NotAllowedError) as error:
            self.add_error(None, str(error))
        return None
