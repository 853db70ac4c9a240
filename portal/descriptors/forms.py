"""What people paste, upload and set up."""

from datetime import datetime
from typing import Any

from django import forms

from portal.accounts.models import User
from portal.descriptors.models import DescriptorSync, Mode
from portal.descriptors.reading.files import File
from portal.descriptors.services.syncs import SyncExistsError, change_sync, set_up_sync
from portal.integrations.adapters.sources import SourceError

LARGEST_TEXT = 2_000_000
PASTED = "catalog-info.yaml"


class ImportForm(forms.Form):
    """Descriptors as text or as a file; a fingerprint says which difference was seen."""

    upload = forms.FileField(
        label="File",
        required=False,
        help_text="A catalog-info.yaml with any number of documents.",
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml"}),
    )
    text = forms.CharField(
        label="Or paste it",
        required=False,
        strip=False,
        max_length=LARGEST_TEXT,
        widget=forms.Textarea(
            attrs={"rows": 18, "spellcheck": "false", "autocomplete": "off", "class": "code"}
        ),
    )
    force = forms.BooleanField(
        label="Change also what another source keeps",
        required=False,
        help_text="It stays with that source, which shows the difference as drift.",
    )
    fingerprint = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for a text or a file, and for no file that is too large for a page."""
        data = super().clean() or {}
        upload = data.get("upload")
        if upload and upload.size > LARGEST_TEXT:
            self.add_error(
                "upload",
                "A page takes up to 2 MB. Use manage.py apply_descriptors or a repository.",
            )
        elif not upload and not data.get("text", "").strip():
            self.add_error("text", "Paste a descriptor, or choose a file.")
        return data

    @property
    def file(self) -> File:
        """What is to be read, once the form is valid."""
        upload = self.cleaned_data.get("upload")
        if upload:
            return File(upload.name or PASTED, upload.read())
        return File(PASTED, self.cleaned_data["text"])


class SyncForm(forms.ModelForm):  # type: ignore[type-arg]
    """Where descriptors are read from, how often, and what becomes of a difference."""

    class Meta:
        model = DescriptorSync
        fields = ("name", "source", "branch", "pattern", "mode", "interval_minutes")
        labels = {
            "source": "Repository",
            "pattern": "Files",
            "mode": "A difference",
            "interval_minutes": "Look every so many minutes",
        }
        help_texts = {
            "source": "A path on the server, or an address that the server may read.",
            "branch": "The repository's default branch when left empty.",
            "pattern": "* is anything within a folder, **/ any folders.",
        }
        widgets = {
            "source": forms.TextInput(attrs={"list": "sources", "spellcheck": "false"}),
        }

    def set_up(self, *, actor: User, now: datetime) -> DescriptorSync | None:
        """Set the synchronisation up, or return None with the errors in the form."""
        try:
            return set_up_sync(**self._values(), actor=actor, now=now)
        except SourceError as error:
            self.add_error("source", str(error))
        except SyncExistsError as error:
            self.add_error("name", str(error))
        return None

    def change(self, sync: DescriptorSync, *, actor: User, now: datetime) -> bool:
        """Change the synchronisation, or return False with the errors in the form."""
        try:
            change_sync(sync=sync, **self._values(), actor=actor, now=now)
        except SourceError as error:
            self.add_error("source", str(error))
        return not self.errors

    def _values(self) -> Any:
        return {**self.cleaned_data, "mode": Mode(self.cleaned_data["mode"])}
