"""Forms that change who owns an application, and whether it is current."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError

from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError
from portal.catalogue import services
from portal.catalogue.forms.applications import LIFECYCLES
from portal.catalogue.forms.fields import TeamField
from portal.catalogue.models import Application, Lifecycle, TransferRequest, TransferSide
from portal.catalogue.services.applications import RetiredError
from portal.catalogue.services.ownership import (
    NotOwnedError,
    TransferClosedError,
    TransferPendingError,
)
from portal.catalogue.services.retirement import DependedOnError, NotRetiredError

# What a form tells beside its fields, with the way on.
TOLD = (
    NotOwnedError,
    NotRetiredError,
    RetiredError,
    TransferClosedError,
    TransferPendingError,
)


class ClaimForm(forms.Form):
    """For which team somebody claims an application that nobody owns."""

    team = TeamField(label="Owner team", help_text="From then on it answers for the application.")

    def claim(self, application: Application, *, actor: User, now: datetime) -> bool:
        """Claim the application, or return False with the errors in the form.

        Raises:
            OwnedError: when somebody else was quicker.
        """
        try:
            services.claim_application(
                application=application, actor=actor, now=now, **self.cleaned_data
            )
        except NotAllowedError as error:
            self.add_error("team", str(error))
        except RetiredError as error:
            self.add_error(None, str(error))
        return not self.errors


class ReasonForm(forms.Form):
    """Why something is done, for those who read it later."""

    reason = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def release(self, application: Application, *, actor: User, now: datetime) -> bool:
        """Leave the application without an owner, or return False with the errors in the form."""
        try:
            services.release_application(
                application=application, actor=actor, now=now, **self.cleaned_data
            )
        except TOLD as error:
            self.add_error(None, str(error))
        return not self.errors

    def decline(self, request: TransferRequest, *, actor: User, now: datetime) -> bool:
        """Decline the transfer, or return False with the errors in the form."""
        try:
            services.decline_transfer(request=request, actor=actor, now=now, **self.cleaned_data)
        except TOLD as error:
            self.add_error(None, str(error))
        return not self.errors


class TransferForm(ReasonForm):
    """Which team shall have an application, and why."""

    to_team = TeamField(label="New owner team")
    field_order = ("to_team", "reason")

    def request(
        self, application: Application, *, side: TransferSide, actor: User, now: datetime
    ) -> TransferRequest | None:
        """Ask for the transfer, or return None with the errors in the form."""
        try:
            return services.request_transfer(
                application=application, side=side, actor=actor, now=now, **self.cleaned_data
            )
        except (NotAllowedError, ValidationError) as error:
            told = error.messages if isinstance(error, ValidationError) else [str(error)]
            self.add_error("to_team", told)
        except TOLD as error:
            self.add_error(None, str(error))
        return None


class RetireForm(ReasonForm):
    """Why an application is no longer needed, and that its dependents are known."""

    confirmed = forms.BooleanField(
        label="Retire it all the same",
        required=False,
        help_text="The teams that own these applications know of it.",
    )

    def retire(self, application: Application, *, actor: User, now: datetime) -> bool:
        """Retire the application, or return False with the errors in the form."""
        try:
            services.retire_application(
                application=application, actor=actor, now=now, **self.cleaned_data
            )
        except DependedOnError as error:
            self.add_error("confirmed", f"{error} Move them first, or confirm.")
        except TOLD as error:
            self.add_error(None, str(error))
        return not self.errors


class ReviveForm(ReasonForm):
    """As what a retired application comes back, and why."""

    lifecycle = forms.TypedChoiceField(
        choices=LIFECYCLES, coerce=Lifecycle, initial=Lifecycle.PRODUCTION
    )
    field_order = ("lifecycle", "reason")

    def revive(self, application: Application, *, actor: User, now: datetime) -> bool:
        """Revive the application, or return False with the errors in the form."""
        try:
            services.revive_application(
                application=application, actor=actor, now=now, **self.cleaned_data
            )
        except TOLD as error:
            self.add_error(None, str(error))
        return not self.errors
