"""What people type about notices, contact ways and preferences."""

from django import forms
from django.db.models import QuerySet

from portal.notifications.models import Notice
from portal.notifications.types import KINDS


class InboxFilters(forms.Form):
    """Which notices of the inbox to list."""

    kind = forms.ChoiceField(
        required=False, choices=[("", "All"), *((one.name, one.label) for one in KINDS.values())]
    )
    show = forms.ChoiceField(
        required=False, label="Show", choices=[("", "All, unread first"), ("unread", "Unread")]
    )

    @property
    def kind_name(self) -> str:
        """The kind that was chosen, or nothing."""
        return str(self.cleaned_data.get("kind", "")) if self.is_valid() else ""

    def narrow(self, notices: QuerySet[Notice]) -> QuerySet[Notice]:
        """Return those that fit; unreadable filters fit none."""
        if not self.is_valid():
            return notices.none()
        if self.kind_name:
            notices = notices.filter(kind=self.kind_name)
        if self.cleaned_data["show"]:
            notices = notices.filter(read_at=None)
        return notices

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return self.is_valid() and any(self.cleaned_data.values())
