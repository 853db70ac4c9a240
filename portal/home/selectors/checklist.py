"""What an application still needs to be whole: each step a fact, each with where it is mended."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from portal.catalogue.models import Application


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, why, whether it is done, and where it is done."""

    title: str
    why: str
    is_done: bool
    url: str
    action: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """The steps of an application, in the order in which they help most."""

    steps: Sequence[Step]
    has_deployed: bool

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def shown(self) -> Sequence[Step]:
        """The steps to show: all of them at first, and what is open once it delivers."""
        return [step for step in self.steps if not (step.is_done and self.has_deployed)]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.done == len(self.steps)

    @property
    def upcoming(self) -> Step | None:
        """The first step that is not done."""
        return next((step for step in self.steps if not step.is_done), None)


def checklist_of(application: Application) -> Checklist:
    """Return the steps of an application that was read `with_facts` and its first deployment."""
    slug = application.slug
    edit = reverse("application-edit", args=[slug])
    deployed = has_deployed(application)
    steps = (
        Step(
            title="Register it",
            why="It has an owner, a tier and an address.",
            is_done=True,
            url=edit,
            action="Edit",
        ),
        Step(
            "Send the first deployment",
            "KPIs, release markers and incidents build on deployments.",
            deployed,
            reverse("first-deployment", args=[slug]),
            "Show me how",
        ),
        Step(
            "Name its repository",
            "Changes are found there, and whoever is called at night looks there first.",
            bool(application.repositories.all()),
            reverse("repository-new", args=[slug]),
            "Add repository",
        ),
        Step(
            "Say in a sentence what it does",
            "People find it, and know whether it is the one they look for.",
            bool(application.description.strip()),
            edit,
            "Describe it",
        ),
        Step(
            "Link its runbook",
            "Whoever is on call can act without the people who wrote it.",
            bool(application.runbook_url),
            edit,
            "Add the link",
        ),
    )
    return Checklist(steps, deployed)


def has_deployed(application: Application) -> bool:
    """Return whether the portal has heard of a production success of an application."""
    # Where it has not, Django says so by an `AttributeError` of a kind.
    return hasattr(application, "first_deployment")
