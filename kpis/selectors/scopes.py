"""What a number is about, found by its address: an application, a team's subtree, the company."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from kpis.models import COMPANY_ID, ScopeKind
from portal.accounts.policies import Viewer
from portal.accounts.types import Pipeline
from portal.catalogue.models import Application, Team
from portal.catalogue.selectors import applications_visible_to

COMPANY_SLUG = "all"
KINDS = {
    "application": ScopeKind.APPLICATION,
    "team": ScopeKind.TEAM,
    "company": ScopeKind.COMPANY,
}


class UnknownScopeError(LookupError):
    """No application, team or company has that address."""


@dataclass(frozen=True, slots=True)
class Scope:
    """An application, a node of the team tree with everything below it, or the company.

    `word` is the scope's kind in addresses: application, team or company. `zone` is the time
    zone that its days are calendar days of, `level` what it is called in the tree.
    """

    kind: ScopeKind
    id: int
    slug: str
    name: str
    zone: str
    url: str
    level: str

    @property
    def word(self) -> str:
        return self.kind.name.lower()


def scope_of_application(application: Application) -> Scope:
    """Return the scope of an application, with its owner loaded; unowned is the company's zone."""
    return Scope(
        kind=ScopeKind.APPLICATION,
        id=application.pk,
        slug=application.slug,
        name=application.name,
        zone=application.owner.zone if application.owner else settings.COMPANY_ZONE,
        url=application.get_absolute_url(),
        level="Application",
    )


def scope_of_team(team: Team) -> Scope:
    """Return the scope of a node of the team tree and all below it."""
    return Scope(
        kind=ScopeKind.TEAM,
        id=team.pk,
        slug=team.slug,
        name=team.name,
        zone=team.zone,
        url=team.get_absolute_url(),
        level=team.get_kind_display(),
    )


def scope_of_company() -> Scope:
    """Return the scope of everything."""
    return Scope(
        kind=ScopeKind.COMPANY,
        id=COMPANY_ID,
        slug=COMPANY_SLUG,
        name=settings.COMPANY_NAME,
        zone=settings.COMPANY_ZONE,
        url=reverse("company"),
        level="Company",
    )


def find_scope(*, word: str, slug: str, viewer: Viewer) -> Scope:
    """Return the scope at an address such as team, payments; a pipeline has only its application.

    Raises:
        UnknownScopeError: nothing has that address that the viewer sees.
    """
    is_pipeline = isinstance(viewer, Pipeline)
    if word == "company" and slug == COMPANY_SLUG and not is_pipeline:
        return scope_of_company()
    if word == "application":
        application = applications_visible_to(viewer).filter(slug=slug).first()
        if application is not None:
            return scope_of_application(application)
    if word == "team" and not is_pipeline:
        team = Team.objects.filter(slug=slug).first()
        if team is not None:
            return scope_of_team(team)
    raise UnknownScopeError(f"There is no {word} “{slug}”.")
