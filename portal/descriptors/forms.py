"""What people paste, upload and set up."""

from typing import Any

from django import forms

from portal.descriptors.reading.files import File

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
