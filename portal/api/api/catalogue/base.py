"""What the operations of the catalogue share: scopes, refusals and finding the application."""

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound

from portal.api.api.base import ApiView
from portal.api.types import Scope
from portal.catalogue.models import Application
from portal.catalogue.selectors import applications_visible_to
from portal.catalogue.services.applications import NoSlugError, RetiredError, SlugTakenError
from portal.catalogue.services.dependencies import DependencyExistsError, SelfDependencyError
from portal.catalogue.services.environments import (
    EnvironmentExistsError,
    EnvironmentRetiredError,
    NoEnvironmentSlugError,
)
from portal.catalogue.services.members import (
    AlreadyMemberError,
    InactivePersonError,
    LastLeadError,
    NotMemberError,
)
from portal.catalogue.services.ownership import (
    NotOwnedError,
    OwnedError,
    TransferClosedError,
    TransferPendingError,
)
from portal.catalogue.services.repositories import RepositoryExistsError
from portal.catalogue.services.retirement import DependedOnError, NotRetiredError
from portal.catalogue.services.systems import SystemSlugError
from portal.catalogue.services.teams import TeamSlugError, WrongPlaceError
from portal.core.keyset import Order

# Every list that has no order of its own is read in the order in which it was written.
BY_ID = Order("pk", descending=False, read=int)


class CatalogueView(ApiView):
    """An operation of the catalogue."""

    reads = Scope.CATALOGUE_READ
    writes = Scope.CATALOGUE_WRITE
    conflicts = (
        AlreadyMemberError,
        DependedOnError,
        DependencyExistsError,
        EnvironmentExistsError,
        EnvironmentRetiredError,
        LastLeadError,
        NotMemberError,
        NotOwnedError,
        NotRetiredError,
        OwnedError,
        RepositoryExistsError,
        RetiredError,
        SlugTakenError,
        SystemSlugError,
        TeamSlugError,
        TransferClosedError,
        TransferPendingError,
    )
    impossible = (
        InactivePersonError,
        NoEnvironmentSlugError,
        NoSlugError,
        SelfDependencyError,
        WrongPlaceError,
    )

    def applications(self) -> QuerySet[Application]:
        """Return the applications that whoever asks may see."""
        return applications_visible_to(self.actor).select_related("owner", "system")

    def application(self, slug: str, *, lock: bool = False) -> Application:
        """Return the application of the address; locked, until the transaction ends.

        Raises:
            NotFound: there is none that whoever asks may see.
        """
        found = self.applications()
        if lock:
            found = found.select_for_update(of=("self",))
        application = found.filter(slug=slug).first()
        if application is None:
            raise NotFound(f"There is no application “{slug}”.")
        return application
