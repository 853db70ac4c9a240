"""Forms that register and change applications."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy

from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError
from portal.catalogue import selectors, services
from portal.catalogue.forms.base import ChangeForm, retype
from portal.catalogue.forms.fields import (
    AnnotationsField,
    LinksField,
    SystemField,
    TagsField,
    TeamField,
)
from portal.catalogue.models import (
    CURRENT_LIFECYCLES,
    Application,
    DataClass,
    Lifecycle,
    Tier,
    validate_slug,
    validate_web_address,
)
from portal.catalogue.services.applications import (
    NoSlugError,
    RetiredError,
    SlugTakenError,
    taken_by,
)
from portal.catalogue.services.versions import ChangedMeanwhileError, current_version
from portal.catalogue.types import derive_slug

LIFECYCLES = [(one.value, one.label) for one in CURRENT_LIFECYCLES]
# What is typed stays as it is: only the note below the address is replaced.
CHECKED_LIVE = {
    "hx-get": reverse_lazy("application-slug"),
    "hx-target": "#slug-note",
    "hx-select": "#slug-note",
    "hx-swap": "outerHTML",
    "hx-include": "closest form",
    "hx-sync": "closest form:queue last",
    "hx-trigger": "input changed delay:200ms",
}


class RegistrationForm(forms.Form):
    """The four things to know of a new application; the address follows from the name."""

    name = forms.CharField(
        max_length=120,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autofocus": True,
                **CHECKED_LIVE,
            }
        ),
    )
    slug = forms.CharField(
        label="Address",
        required=False,
        max_length=63,
        validators=[validate_slug],
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                **CHECKED_LIVE,
            }
        ),
    )
    owner = TeamField(label="Owner team")
    tier = forms.TypedChoiceField(
        choices=Tier, coerce=lambda value: Tier(int(value)), initial=Tier.THREE
    )
    lifecycle = forms.TypedChoiceField(
        choices=LIFECYCLES, coerce=Lifecycle, initial=Lifecycle.PRODUCTION
    )

    def register(self, *, actor: User, now: datetime) -> Application | None:
        """Register the application, or return None with the errors in the form."""
        try:
            return services.register_application(
                **self.cleaned_data, actor=actor, now=now, signed_in_at=actor.last_login
            )
        except SlugTakenError as error:
            self.add_error("slug", str(error))
            retype(self, "slug", error.offer)
        except NoSlugError as error:
            self.add_error("slug", str(error))
        except NotAllowedError as error:
            self.add_error("owner", str(error))
        return None


class SlugForm(forms.Form):
    """The name and address that somebody is typing, to tell them of the address at once."""

    name = forms.CharField(required=False, max_length=120)
    slug = forms.CharField(required=False, max_length=63, validators=[validate_slug])

    def answer(self) -> "SlugAnswer":
        """Return what there is to say of the address that is typed or follows from the name."""
        if not self.is_valid():
            wrong = self.errors.get("slug") or self.errors.get("name") or [""]
            return SlugAnswer(str(wrong[0]), "bad")
        wish = self.cleaned_data["slug"] or derive_slug(self.cleaned_data["name"])
        if not wish:
            return SlugAnswer("It follows from the name.")
        offer = selectors.free_application_slug(wish)
        if offer == wish:
            return SlugAnswer(f"/apps/{wish}/ is free.", "good")
        return SlugAnswer(taken_by(wish, selectors.slug_holder(wish)), "bad", offer)


@dataclass(frozen=True, slots=True)
class SlugAnswer:
    """What there is to say of an address: a sentence, its tone and a free one when it is taken."""

    words: str
    tone: str = "unknown"
    offer: str = ""


class ApplicationForm(ChangeForm):
    """Everything that can be changed of an application but its environments and repositories."""

    name = forms.CharField(max_length=120)
    description = forms.CharField(
        required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    tier = forms.TypedChoiceField(choices=Tier, coerce=lambda value: Tier(int(value)))
    lifecycle = forms.TypedChoiceField(choices=LIFECYCLES, coerce=Lifecycle)
    system = SystemField(required=False, help_text="What it is a part of, such as card payments.")
    tags = TagsField(help_text="Words to find it by, with spaces between: java event-driven")
    data_classes = forms.TypedMultipleChoiceField(
        label="Data it holds",
        required=False,
        choices=DataClass,
        coerce=DataClass,
        widget=forms.CheckboxSelectMultiple,
        help_text="Rules such as those for card data attach to these.",
    )
    runbook_url = forms.CharField(
        label="Runbook",
        required=False,
        max_length=500,
        validators=[validate_web_address],
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    links = LinksField(
        help_text="One per line, the title first: Dashboard https://grafana.example.com/d/1"
    )

    annotations = AnnotationsField(
        help_text="For tools that read the catalogue, one per line: example.com/cost-centre: 4711"
    )

    @staticmethod
    def initial_of(application: Application) -> dict[str, Any]:
        """Return the values with which the form opens."""
        return {
            "name": application.name,
            "description": application.description,
            "tier": application.tier,
            "lifecycle": application.lifecycle,
            "system": application.system,
            "tags": application.tags,
            "annotations": application.annotations,
            "data_classes": application.data_classes,
            "runbook_url": application.runbook_url,
            "links": selectors.links_of(application),
            "seen": current_version(application),
        }

    def change(self, application: Application, *, actor: User, now: datetime) -> bool:
        """Change the application, or return False with the errors in the form."""
        try:
            services.change_application(
                application=application, actor=actor, now=now, **self.cleaned_data
            )
        except ChangedMeanwhileError as error:
            self.tell_of(error)
        except RetiredError as error:
            self.add_error(None, str(error))
        except ValidationError as error:
            self.add_error(None, error.messages)
        return not self.errors
