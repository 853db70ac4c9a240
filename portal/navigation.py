"""The main navigation: which entries there are and which of them is open."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse

from portal.audit.policies import READ_TRAIL


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """One entry of the main navigation."""

    label: str
    url: str
    icon: str
    is_current: bool


# Label, URL name, icon, other addresses that belong to the entry, permission that it needs.
ENTRIES: tuple[tuple[str, str, str, tuple[str, ...], str], ...] = (
    ("Home", "home", "home", (), ""),
    (
        "Applications",
        "applications",
        "apps",
        ("/descriptors/", "/kpis/application/", "/imports/", "/incidents/", "/deployments/"),
        "",
    ),
    ("On-call", "oncall", "phone", (), ""),
    ("Teams", "teams", "teams", ("/kpis/team/",), ""),
    ("Scorecards", "scorecards", "award", ("/initiatives/", "/exemptions/"), ""),
    ("Company", "company", "company", ("/kpis/company/",), ""),
    ("Events", "events", "inbox", (), ""),
    ("Audit trail", "audit", "shield", (), READ_TRAIL),
)


def navigation(request: HttpRequest) -> dict[str, list[NavigationEntry]]:
    """Return the context of the main navigation; only its own address opens the start page."""
    # By the rules alone: asking the user would look into Django's own permission tables too.
    # A request that was refused early, such as one for a foreign host, has no user.
    user = getattr(request, "user", AnonymousUser())
    found = []
    for label, name, icon, others, permission in ENTRIES:
        if permission and not user.has_perm(permission):
            continue
        url = reverse(name)
        is_current = request.path == url or (
            url != "/" and request.path.startswith((url, *others))
        )
        found.append(NavigationEntry(label, url, icon, is_current))
    return {"navigation": found}
