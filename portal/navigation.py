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


# Label, URL name, icon.
ENTRIES = (
    ("Home", "home", "home"),
    ("Applications", "applications", "apps"),
    ("Teams", "teams", "teams"),
    ("Company", "company", "company"),
)


def navigation(request: HttpRequest) -> dict[str, list[NavigationEntry]]:
    """Return the context of the main navigation; the longest matching address is open."""
    table = get_resolver().reverse_dict
    entries = [entry for entry in ENTRIES if entry[1] in table]
    urls = [reverse(name) for _, name, _ in entries]
    current = max((url for url in urls if request.path.startswith(url)), key=len, default="")
    return {
        "navigation": [
            NavigationEntry(label, url, icon, url == current)
            for (label, _, icon), url in zip(entries, urls, strict=True)
        ]
    }
