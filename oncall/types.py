"""What can be said of who is on call at an instant."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models


class Standing(models.TextChoices):
    """Whether somebody answers for something at an instant."""

    ON_CALL = "on_call", "On call"
    AT_WORK = "at_work", "The team is at work"
    OFF = "off", "Outside its hours"
    NOBODY = "nobody", "Nobody"
    UNKNOWN = "unknown", "Not worked out"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"on_call": "good", "at_work": "info", "nobody": "bad"}.get(self.value, "unknown")

    @property
    def meaning(self) -> str:
        """The value in a sentence."""
        return {
            "on_call": "Somebody is on call and answers",
            "at_work": "It is within working hours: the team answers",
            "off": "The rota is not meant to cover this hour",
            "nobody": "Nobody is on call in an hour that is meant to be covered",
            "unknown": "The rota has not been worked out as far as this",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Matter:
    """Something open that whoever comes on call has to know: what, where, since when."""

    title: str
    url: str
    since: datetime
