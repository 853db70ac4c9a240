"""The main navigation: which entries there are and which of them is open."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import get_resolver, reverse


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """One entry of the main navigation."""

    label: str
    url: str
    icon: str
    is_current: bool


# Label, URL name, icon, other addresses that belong to the entry.
ENTRIES = (
    ("Home", "home", "home", ()),
    ("Applications", "applications", "apps", ("/kpis/application/", "/imports/")),
    ("Teams", "teams", "teams", ("/kpis/team/",)),
    ("Company", "company", "company", ("/kpis/company/",)),
)


def navigation(request: HttpRequest) -> dict[str, list[NavigationEntry]]:
    """Return the context of the main navigation; only its own address opens the start page."""
    table = get_resolver().reverse_dict
    entries = [entry for entry in ENTRIES if entry[1] in table]
    found = []
    for label, name, icon, others in entries:
        url = reverse(name)
        is_current = request.path == url or (
            url != "/" and request.path.startswith((url, *others))
        )
        found.append(NavigationEntry(label, url, icon, is_current))
    return {"navigation": found}
