"""What the forms of the catalogue have in common."""

from django import forms
from django.http import QueryDict

from portal.catalogue.services.versions import ChangedMeanwhileError


def retype(form: forms.Form, name: str, value: str) -> None:
    """Let the form come back with another value in one field than what was typed."""
    typed = form.data
    data = typed.copy() if isinstance(typed, QueryDict) else dict(typed)
    data[form.add_prefix(name)] = value
    form.data = data


class ChangeForm(forms.Form):
    """A form that changes something which somebody else may change meanwhile."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def tell_of(self, error: ChangedMeanwhileError) -> None:
        """Say who changed what, keep what was typed, and let the next attempt go through."""
        self.add_error(
            None,
            f"This was changed while you were at it: {error.event.sentence}. "
            "Below is what you typed. Save again to put it in the place of theirs.",
        )
        retype(self, "seen", str(error.event.number))
