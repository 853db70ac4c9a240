"""Forms of accounts."""

from zoneinfo import available_timezones

from allauth.account.forms import LoginForm as AllauthLoginForm
from django import forms

from portal.accounts.models import Theme
from portal.core.clock import validate_zone

# "Etc/GMT+5" and its like have their sign the wrong way round; nobody means to pick them.
ZONES = sorted(
    zone
    for zone in available_timezones()
    if zone == "UTC" or ("/" in zone and not zone.startswith("Etc/"))
)
SPELLINGS = {zone.lower(): zone for zone in ZONES}


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """Address and password, with labels instead of placeholders and the cursor in the first."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail"
        self.fields["login"].widget.attrs["autofocus"] = True
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class ThemeForm(forms.Form):
    """The theme alone, from the menu that every page has."""

    theme = forms.TypedChoiceField(choices=Theme, coerce=Theme, widget=forms.RadioSelect)


class ProfileForm(forms.Form):
    """Name, time zone and theme; the browser offers the zones while one is typed."""

    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    zone = forms.CharField(
        label="Time zone",
        help_text="Pages show times in this zone, such as Europe/London or Asia/Kolkata.",
        widget=forms.TextInput(
            attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    theme = forms.TypedChoiceField(choices=Theme, coerce=Theme, widget=forms.RadioSelect)

    def clean_zone(self) -> str:
        """Return the zone in the spelling of the time zone database."""
        typed = str(self.cleaned_data["zone"])
        zone = SPELLINGS.get(typed.lower(), typed)
        validate_zone(zone)
        return zone
