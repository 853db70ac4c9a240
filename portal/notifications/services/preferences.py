"""What somebody wants to be told, how, and when not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.core.changes import describe_changes
from portal.notifications.models import KindPreference, Manner, Preferences, QuietHours
from portal.notifications.rules import QuietWindow
from portal.notifications.selectors.ways import ways_of
from portal.notifications.types import kind_named

MOST_WINDOWS = 10
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Choice:
    """How somebody wants a kind of notice; no ways means the first that works."""

    manner: Manner = Manner.AT_ONCE
    ways: frozenset[int] = frozenset()


@transaction.atomic
def change_preferences(
    *, digest_hour: int, kinds: Mapping[str, Choice], actor: User, now: datetime
) -> None:
    """Set the hour of the actor's digest and how they want the kinds named; others stay.

    Nothing is written when nothing differs.

    Raises:
        UnknownKindError: when a kind is none.
        ValidationError: when the hour is none, or a way is not the actor's.
    """
    User.objects.select_for_update().get(pk=actor.pk)
    labels = dict(ways_of(actor).values_list("pk", "label"))
    if any(choice.ways - labels.keys() for choice in kinds.values()):
        raise ValidationError("Choose from your own ways.", code="ways")
    preferences = Preferences.objects.filter(user=actor).first() or Preferences(user=actor)
    before = {"digest at": _hour(preferences.digest_hour)} | _choices(actor, kinds, labels)
    preferences.digest_hour = digest_hour
    preferences.clean_fields(exclude=["user"])
    preferences.save()
    for name, choice in kinds.items():
        _choose(actor, kind_named(name).name, choice)
    after = {"digest at": _hour(digest_hour)} | _choices(actor, kinds, labels)
    _tell(AuditEvent.NOTICES_PREFERRED, describe_changes(before, after), actor, now)


@transaction.atomic
def set_quiet_hours(*, windows: Sequence[QuietWindow], actor: User, now: datetime) -> None:
    """Set all the quiet hours of the actor; nothing is written when nothing differs.

    Raises:
        ValidationError: when a window has no day or no length, or there are too many.
    """
    User.objects.select_for_update().get(pk=actor.pk)
    if len(windows) > MOST_WINDOWS:
        raise ValidationError(f"There are at most {MOST_WINDOWS} windows.", code="many")
    if any(not one.days or one.begins == one.ends for one in windows):
        raise ValidationError("Quiet hours have a day, and end at another time than they begin.")
    rows = [
        QuietHours(user=actor, begins=one.begins, ends=one.ends, days=sorted(one.days))
        for one in windows
    ]
    found = QuietHours.objects.filter(user=actor)
    before = sorted(map(_window, found))
    found.delete()
    QuietHours.objects.bulk_create(rows)
    changes = describe_changes({"quiet": before}, {"quiet": sorted(map(_window, rows))})
    _tell(AuditEvent.QUIET_HOURS_CHANGED, changes, actor, now)


def _choose(actor: User, kind: str, choice: Choice) -> None:
    if choice == Choice():
        KindPreference.objects.filter(user=actor, kind=kind).delete()
        return
    preference, _ = KindPreference.objects.update_or_create(
        user=actor, kind=kind, defaults={"manner": choice.manner}
    )
    preference.ways.set(choice.ways)


def _choices(
    actor: User, kinds: Mapping[str, Choice], labels: Mapping[int, str]
) -> dict[str, object]:
    """Return in words how somebody wants the kinds named."""
    words: dict[str, object] = {
        kind_named(name).label: Manner.AT_ONCE.label.lower() for name in kinds
    }
    found = KindPreference.objects.filter(user=actor, kind__in=kinds).prefetch_related("ways")
    for one in found:
        by = sorted(labels[way.pk] for way in one.ways.all() if way.pk in labels)
        manner = Manner(one.manner).label.lower()
        words[kind_named(one.kind).label] = f"{manner} by {', '.join(by)}" if by else manner
    return words


def _hour(hour: int) -> str:
    return f"{hour:02}:00"


def _window(hours: QuietHours) -> str:
    days = " ".join(DAYS[day - 1] for day in sorted(hours.days))
    return f"{days} {hours.begins:%H:%M} to {hours.ends:%H:%M}"


def _tell(event: AuditEvent, changes: str, actor: User, now: datetime) -> None:
    if changes:
        audit.record(
            event,
            actor=actor.label,
            subject=actor.label,
            now=now,
            data={"changes": changes},
        )
