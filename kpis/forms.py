"""Forms of incidents that people record and correct by hand."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeAlias

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from kpis.models import Deployment, Incident, Severity
from kpis.selectors import facts
from portal.catalogue.models import Application

Data: TypeAlias = QueryDict | None

BY_RULE = ""
NOT_A_CHANGE = "none"


# --- Fields -----------------------------------------------------------------------------------


class InstantField(forms.DateTimeField):
    """An instant that somebody enters in their own zone, to the second.

    An hour that the clocks repeat is taken the first time; one that they skip is refused.
    """

    widget = forms.DateTimeInput(
        format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": "1"}
    )

    def to_python(self, value: Any) -> datetime | None:
        """Return the aware instant, or None when nothing was entered."""
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        entered = _entered(value.strip())
        if entered is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if timezone.is_aware(entered):
            return entered
        zone = timezone.get_current_timezone()
        at = entered.replace(tzinfo=zone)
        if at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != entered:
            raise ValidationError(
                "The clocks in %(zone)s skip this time. Choose one before or after.",
                params={"zone": zone},
                code="skipped",
            )
        return at


def _entered(value: str) -> datetime | None:
    try:
        return parse_datetime(value)
    except ValueError:
        return None


class CauseField(forms.TypedChoiceField):
    """What caused an incident: one of some deployments, no change, or what the rule finds.

    The value is the deployment, `NOT_A_CHANGE` or, when the field is not required, `BY_RULE`.
    """

    def __init__(self, deployments: Iterable[Deployment], **kwargs: Any) -> None:
        offered = {str(one.pk): one for one in deployments}
        by_rule = [] if kwargs.get("required", True) else [(BY_RULE, "Let the rule decide")]
        super().__init__(
            label="Caused by",
            coerce=lambda value: offered.get(value, value),
            choices=[
                *by_rule,
                (NOT_A_CHANGE, "Not caused by a change"),
                *((key, described(one)) for key, one in offered.items()),
            ],
            **kwargs,
        )


# --- Forms ------------------------------------------------------------------------------------


class IncidentForm(forms.Form):
    """What an incident is, checked against the clock `now`; times are in the person's zone."""

    title = forms.CharField(
        max_length=200, help_text="What people notice, such as: card payments time out."
    )
    severity = forms.TypedChoiceField(coerce=int, choices=Severity.choices)
    opened_at = InstantField(label="Began")

    def __init__(
        self,
        data: Data,
        *,
        application: Application,
        now: datetime,
        initial: dict[str, Any],
    ) -> None:
        super().__init__(data, initial=initial)
        self.now = now
        self.fields["environment"] = forms.ModelChoiceField(
            application.environments.order_by("-is_production", "position", "name"),
            required=False,
            empty_label="No particular one",
        )
        name_zone(self)

    def clean_opened_at(self) -> datetime:
        """Refuse the future."""
        return not_in_future(self.cleaned_data["opened_at"], self.now)


class OpenIncidentForm(IncidentForm):
    """A new incident, with its cause where somebody knows it."""

    def __init__(
        self, data: Data, *, application: Application, now: datetime, cause: str = BY_RULE
    ) -> None:
        initial = {
            "severity": Severity.MINOR,
            "opened_at": now,
            "environment": application.environments.filter(
                is_production=True, retired_at=None
            ).first(),
            "cause": cause,
        }
        super().__init__(data, application=application, now=now, initial=initial)
        self.fields["cause"] = CauseField(
            facts.cause_candidates(application, at=now),
            required=False,
            help_text="The rule takes the latest deployment that finished before it began.",
        )


class ChangeIncidentForm(IncidentForm):
    """The facts of an incident that is there."""

    def __init__(self, data: Data, *, incident: Incident, now: datetime) -> None:
        initial = {name: getattr(incident, name) for name in (*self.base_fields, "environment")}
        super().__init__(data, application=incident.application, now=now, initial=initial)


class ResolveForm(forms.Form):
    """When an incident ended."""

    resolved_at = InstantField(label="Ended")

    def __init__(self, data: Data, *, incident: Incident, now: datetime) -> None:
        super().__init__(data, initial={"resolved_at": now})
        self.incident, self.now = incident, now
        name_zone(self)

    def clean_resolved_at(self) -> datetime:
        """Refuse the future and what is before the beginning."""
        resolved_at: datetime = self.cleaned_data["resolved_at"]
        if resolved_at < self.incident.opened_at:
            raise ValidationError(
                "It began at %(opened)s. Enter a later time, or change first when it began.",
                params={"opened": in_words(self.incident.opened_at)},
                code="order",
            )
        return not_in_future(resolved_at, self.now)


class CorrectionForm(forms.Form):
    """What caused an incident, by a person's word and with a reason."""

    field_order = ("cause", "reason")

    reason = forms.CharField(
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="How you know. It is kept in the audit trail.",
    )

    def __init__(self, data: Data, *, incident: Incident) -> None:
        super().__init__(data)
        self.fields["cause"] = CauseField(
            facts.cause_candidates(incident.application, at=incident.opened_at),
            widget=forms.RadioSelect,
        )
        self.order_fields(self.field_order)


# --- What they share --------------------------------------------------------------------------


def name_zone(form: forms.Form) -> None:
    """Say beside each instant in which zone it is entered."""
    zone = timezone.get_current_timezone_name()
    for field in form.fields.values():
        if isinstance(field, InstantField):
            field.help_text = f"In your zone, {zone}."


def not_in_future(at: datetime, now: datetime) -> datetime:
    """Return the instant; raise `ValidationError` when it has not come yet."""
    if at > now:
        raise ValidationError(
            "This is in the future. It is %(now)s in your zone; enter that or an earlier time.",
            params={"now": in_words(now)},
            code="future",
        )
    return at


def in_words(at: datetime) -> str:
    """Return the instant in the reader's zone."""
    local = timezone.localtime(at)
    return f"{local.day} {local:%b %Y, %H:%M:%S}"


def described(deployment: Deployment) -> str:
    """Return a deployment in the words of a choice: version, environment and time."""
    at = in_words(deployment.finished_at) if deployment.finished_at else "still running"
    return f"{deployment.name}, {deployment.environment.name}, {at}"
