"""What people are told about: a closed list. An app that tells something new adds its kind here."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.db import models


class Urgency(models.TextChoices):
    """When a notice goes out: at once, outside quiet hours, or once a day with others."""

    URGENT = "urgent", "Urgent"
    NORMAL = "normal", "Normal"
    DIGEST = "digest", "Daily digest"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"urgent": "warning", "normal": "info", "digest": "unknown"}[self.value]


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One kind of notice: `why` says to whoever gets it why they do."""

    name: str
    label: str
    why: str
    urgency: Urgency = Urgency.NORMAL

    def __str__(self) -> str:
        return self.name


class UnknownKindError(LookupError):
    """No kind of notice has that name."""


_KINDS = (
    NoticeKind(
        "oncall.handover.coming",
        "Your shift begins soon",
        "You are on call in a shift that is about to begin.",
    ),
    NoticeKind(
        "oncall.handover.note",
        "Hand-over note",
        "Whoever was on call before you left a note for your shift.",
    ),
    NoticeKind(
        "oncall.shift.changed",
        "Your shifts changed",
        "A rota that you are in changed, and with it when you are on call.",
    ),
    NoticeKind(
        "oncall.swap.asked",
        "Somebody asks you to take a shift",
        "A colleague asks you to swap with them or to take a shift.",
    ),
    NoticeKind(
        "oncall.swap.answered",
        "Your request to swap was answered",
        "You asked somebody to swap with you or to take a shift of yours.",
    ),
    NoticeKind(
        "oncall.swap.agreed",
        "People agreed on a swap",
        "You lead the team of a rota, and two of its people agreed on who is on call.",
    ),
    NoticeKind(
        "oncall.cover.asked",
        "Cover is wanted",
        "A shift of a rota that you are in has nobody, and you are free to take it.",
    ),
    NoticeKind(
        "oncall.gap.found",
        "Nobody is on call",
        "You answer for a rota in which nobody is on call for a while.",
        Urgency.URGENT,
    ),
    NoticeKind(
        "oncall.unreachable.found",
        "Somebody on call cannot be reached",
        "You answer for a rota in which somebody has too few contact ways that work.",
    ),
    NoticeKind(
        "oncall.claim.asked",
        "Your word is wanted on a claim",
        "A team wants to own the nights of an application, and you speak for the other side.",
    ),
    NoticeKind(
        "oncall.claim.answered",
        "A claim was answered",
        "Your team wants to own the nights of an application, and the other side has answered.",
    ),
    NoticeKind(
        "oncall.claim.moved",
        "A claim went a step on",
        "Your team is taking on the nights of an application, or giving them back.",
    ),
    NoticeKind(
        "oncall.claim.exception",
        "An exception of a claim runs out",
        "Your team owns the nights of an application with an exception that ends by itself.",
    ),
    NoticeKind(
        "oncall.readiness.lost",
        "Readiness was lost",
        "Your team owns the nights of an application that no longer passes all checks.",
    ),
    NoticeKind(
        "oncall.rest.needed",
        "Somebody begins later after a night",
        "You lead a team in which somebody was called out and needs rest before they work again.",
    ),
    NoticeKind(
        "oncall.pay.ready",
        "A pay report waits",
        "You approve the pay report of a team, or have a line in one.",
    ),
    NoticeKind(
        "oncall.digest.weekly",
        "The week on call",
        "You are in a rota or answer for one: once a week, what comes and what is missing.",
        Urgency.DIGEST,
    ),
)

KINDS: Mapping[str, NoticeKind] = MappingProxyType({kind.name: kind for kind in _KINDS})


def kind_named(name: str) -> NoticeKind:
    """Return the kind of that name.

    Raises:
        UnknownKindError: when there is none.
    """
    try:
        return KINDS[name]
    except KeyError as error:
        raise UnknownKindError(f"{name} is not in portal/notifications/types.py.") from error
