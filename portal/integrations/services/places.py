"""What the names in events mean: which application, environment and repository of the catalogue."""

from collections.abc import Collection, Iterable
from datetime import datetime

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue import policies
from portal.catalogue.models import Application, Environment, Repository
from portal.integrations.adapters.waiting import StoredEvent
from portal.integrations.types.testimony import Testimony, UnclearError, repository_key

ACTOR = "system:events"
_LONGEST_ADDRESS = 500


class Applications:
    """The applications that some events name, and who may tell of them."""

    def __init__(self, said: Iterable[tuple[StoredEvent, Testimony]]) -> None:
        slugs = {
            name.casefold()
            for event, testimony in said
            if event.application_id is None
            for name in (testimony.application, *testimony.services)
        }
        found = Application.objects.select_related("owner").filter(slug__in=slugs) if slugs else ()
        self._by_slug = {application.slug: application for application in found}
        self._allowed: dict[tuple[str, int], bool] = {}

    def of(self, event: StoredEvent, testimony: Testimony) -> int:
        """Return the application that an event is about.

        Raises:
            UnclearError: when it is not registered, or its sender may not tell of it.
        """
        if event.application_id is not None:
            return event.application_id
        names = [name for name in (testimony.application, *testimony.services) if name]
        found = (self._by_slug.get(name.casefold()) for name in names)
        application = next((one for one in found if one is not None), None)
        if application is None:
            named = f"There is no application “{names[0]}”." if names else "It names none."
            raise UnclearError(
                f"It is not clear which application this is about. {named} Register it, or mend the"
                " name and send the event again; then replay this one."
            )
        if not self._may_tell(event.sender, application):
            raise UnclearError(
                f"Its sender may not tell of {application}. Send it with the token of its pipeline,"
                " or let somebody of the team that owns it send it."
            )
        return application.pk

    def _may_tell(self, sender: str, application: Application) -> bool:
        key = (sender, application.pk)
        if key not in self._allowed:
            kind, _, id_ = sender.partition(":")
            if kind == "application":
                self._allowed[key] = id_ == str(application.pk)
            else:
                user = User.objects.filter(pk=id_, is_active=True).first()
                self._allowed[key] = user is not None and policies.allows(
                    user, policies.CHANGE_APPLICATION, application
                )
        return self._allowed[key]


class Catalogue:
    """The environments and repositories of some applications, which the caller holds."""

    def __init__(self, applications: Collection[int], *, now: datetime) -> None:
        self._now = now
        self.placed: set[int] = set()
        self._slugs = dict(
            Application.objects.filter(pk__in=applications).values_list("pk", "slug")
        )
        self._environments: dict[tuple[int, str], int] = {}
        # A name before a slug: where both fit, the slug is meant.
        environments = list(
            Environment.objects.filter(application__in=applications).order_by("pk")
        )
        for one in environments:
            self._environments[one.application_id, one.name.casefold()] = one.pk
        for one in environments:
            self._environments[one.application_id, one.slug] = one.pk
        repositories = Repository.objects.filter(application__in=applications).order_by("-pk")
        self._repositories = {
            (one.application_id, repository_key(one.url)): one.pk for one in repositories
        }

    def check(self, application: int, testimony: Testimony) -> None:
        """Do nothing when all that an event names is known, or may be put into the catalogue.

        Raises:
            UnclearError: otherwise, with how to mend it.
        """
        if testimony.environment:
            self.environment(application, testimony.environment)
        if len(testimony.repository) > _LONGEST_ADDRESS:
            raise UnclearError("The address of the repository is too long. Send a shorter one.")

    def knows(self, application: int, testimony: Testimony) -> bool:
        """Return whether all that an event names is known, or may be put into the catalogue."""
        try:
            self.check(application, testimony)
        except UnclearError:
            return False
        return True

    def environment(self, application: int, name: str) -> int:
        """Return an environment by its slug or name.

        Raises:
            UnclearError: when the application has none like it.
        """
        try:
            return self._environments[application, name.casefold()]
        except KeyError:
            raise UnclearError(
                f"{self._slugs[application]} has no environment “{name}”. Add it on the page of the"
                " application, then replay this event; or send the event with another one."
            ) from None

    def repository(self, application: int, address: str) -> int:
        """Return the repository at an address, put into the catalogue when it is new."""
        key = (application, repository_key(address))
        if key not in self._repositories:
            if len(address) > _LONGEST_ADDRESS:
                raise UnclearError(
                    "The address of the repository is too long. Send a shorter one."
                )
            self._repositories[key] = self._add(application, address)
        return self._repositories[key]

    def _add(self, application: int, address: str) -> int:
        repository = Repository.objects.create(application_id=application, url=address)
        audit.record(
            AuditEvent.REPOSITORY_ADDED,
            actor=ACTOR,
            subject=f"application:{self._slugs[application]}",
            now=self._now,
            data={"repository": address},
        )
        self.placed.add(application)
        return repository.pk
