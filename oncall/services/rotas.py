"""Making rotas, and changing who takes turns in them from an instant on."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import F

from oncall import policies
from oncall.adapters.definitions import plan_of
from oncall.models import (
    HolidayCalendar,
    Hours,
    Layer,
    Participant,
    Resolution,
    Rota,
    RotaVersion,
    SwapPolicy,
)
from oncall.rota import Fault, LayerDraft, faults
from oncall.services.changes import tell_changed
from oncall.services.shifts import FREEZE_AFTER, Recomputed, locked, recompute
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Team
from portal.catalogue.types import RESERVED_SLUGS, derive_slug
from portal.core.changes import describe_changes

FURTHEST = timedelta(days=366)
# What stands where a slug does in addresses below /oncall/rotas/ and /api/v1/rotas/.
RESERVED = RESERVED_SLUGS | {"preview"}


class RotaSlugError(ValueError):
    """No slug follows from the name, or another rota or a page has it."""


class DefinitionError(ValueError):
    """The definition has faults: `faults` has each with its layer, its field and a mend."""

    def __init__(self, found: Sequence[Fault]) -> None:
        super().__init__(" ".join(fault.words for fault in found))
        self.faults = found


class StartError(ValueError):
    """A definition cannot begin then."""


class StaleError(ValueError):
    """Somebody else has changed the rota since it was read."""


class RetiredRotaError(ValueError):
    """The rota is retired and not changed any more."""


class CentralError(ValueError):
    """The rota cannot stop being the central support, or become it."""


class RotaSettings(TypedDict, total=False):
    """What can be set of a rota besides its definition; the slug stays, since feeds name it."""

    name: str
    description: str
    zone: str
    calendar: HolidayCalendar | None
    hours: Hours
    resolution: Resolution
    swap_policy: SwapPolicy
    response_minutes: int


@transaction.atomic
def create_rota(
    *,
    team: Team,
    layers: Sequence[LayerDraft],
    starts_at: datetime,
    actor: User,
    now: datetime,
    slug: str = "",
    **given: Unpack[RotaSettings],
) -> Rota:
    """Make a rota of a team that begins at an instant, and work out its shifts.

    Raises:
        NotAllowedError: when the actor does not lead the team.
        RotaSlugError: when a rota or a page has the slug, or none follows from the name.
        DefinitionError: when the layers have faults.
        StartError: when it would begin more than a day ago or more than a year ahead.
        ValidationError: when a value does not fit the model.
    """
    policies.require(actor, policies.CREATE_ROTA, team)
    settings = {"zone": team.zone, **given}
    slug = slug or derive_slug(str(settings.get("name", "")))
    if not slug:
        raise RotaSlugError("No address follows from the name. Give it letters, or a slug.")
    if slug in RESERVED:
        raise RotaSlugError(f"“{slug}” is an address of the portal itself.")
    rota = Rota(team=team, slug=slug, created_by=actor, created_at=now, revision=1, **settings)
    check_definition(rota=rota, layers=layers, starts_at=starts_at, now=now)
    rota.clean_fields(exclude=["team", "created_by", "calendar"])
    try:
        with transaction.atomic():
            rota.save(force_insert=True)
    except IntegrityError as error:
        raise RotaSlugError(f"There is a rota with the address “{slug}” already.") from error
    _define(rota, layers, starts_at, actor, now, reason="")
    changed = recompute(rota=rota, now=now, since=starts_at)
    tell_changed(rota=rota, changed=changed, actor=actor, now=now)
    audit.record(
        AuditEvent.ROTA_CREATED,
        actor=actor.label,
        subject=rota.label,
        now=now,
        data={
            "team": team.label,
            "layers": len(layers),
            "people": len(frozenset().union(*(layer.people for layer in layers))),
            "since": starts_at.isoformat(timespec="minutes"),
        },
    )
    return rota


def check_definition(
    *, rota: Rota, layers: Sequence[LayerDraft], starts_at: datetime, now: datetime
) -> None:
    """Do nothing when layers could count for a rota, stored or not, from an instant on.

    Raises:
        DefinitionError: when the layers have faults.
        StartError: when it would begin more than a day ago or more than a year ahead.
    """
    _require_start(starts_at, now)
    _require_sound(layers, rota)


@transaction.atomic
def change_definition(
    *,
    rota: Rota,
    layers: Sequence[LayerDraft],
    starts_at: datetime,
    seen: int,
    actor: User,
    now: datetime,
    reason: str = "",
) -> Recomputed:
    """Let other layers count from an instant on; return what that changes of the shifts.

    What was planned to begin then or later is superseded; what has begun before stays as it was.

    Raises:
        NotAllowedError: when the actor does not lead the team.
        StaleError: when the rota has changed since revision `seen`.
        RetiredRotaError: when it is retired.
        DefinitionError: when the layers have faults.
        StartError: when it would begin more than a day ago or more than a year ahead.
    """
    policies.require(actor, policies.CHANGE_ROTA, rota)
    rota = _changeable(rota, seen)
    check_definition(rota=rota, layers=layers, starts_at=starts_at, now=now)
    rota.versions.filter(superseded_at=None, starts_at__gte=starts_at).update(superseded_at=now)
    _define(rota, layers, starts_at, actor, now, reason=reason)
    rota.revision += 1
    rota.save(update_fields=["revision"])
    changed = recompute(rota=rota, now=now, since=starts_at)
    tell_changed(rota=rota, changed=changed, actor=actor, now=now)
    audit.record(
        AuditEvent.ROTA_DEFINED,
        actor=actor.label,
        subject=rota.label,
        now=now,
        data={
            "since": starts_at.isoformat(timespec="minutes"),
            "layers": len(layers),
            "people": len(frozenset().union(*(layer.people for layer in layers))),
        },
        texts={"reason": reason} if reason else {},
    )
    return changed


@transaction.atomic
def change_rota(
    *, rota: Rota, seen: int, actor: User, now: datetime, **changes: Unpack[RotaSettings]
) -> Rota:
    """Change what is given of a rota's settings; nothing happens if nothing differs.

    Raises:
        NotAllowedError: when the actor does not lead the team.
        StaleError: when the rota has changed since revision `seen`.
        RetiredRotaError: when it is retired.
        DefinitionError: when its layers do not fit another way of resolving them.
        ValidationError: when a value does not fit the model.
    """
    policies.require(actor, policies.CHANGE_ROTA, rota)
    rota = _changeable(rota, seen)
    before = _facts(rota)
    for name, value in changes.items():
        setattr(rota, name, value)
    rota.clean_fields(exclude=["team", "created_by", "calendar"])
    words = describe_changes(before, _facts(rota))
    if not words:
        return rota
    if "resolution" in changes:
        _require_fitting(rota, now)
    rota.revision += 1
    rota.save()
    tell_changed(rota=rota, changed=recompute(rota=rota, now=now), actor=actor, now=now)
    audit.record(
        AuditEvent.ROTA_CHANGED,
        actor=actor.label,
        subject=rota.label,
        now=now,
        data={"changes": words},
    )
    return rota


@transaction.atomic
def retire_rota(*, rota: Rota, reason: str, actor: User, now: datetime) -> Rota:
    """End a rota: its shifts stop now, what was stays on record.

    Raises:
        NotAllowedError: when the actor does not lead the team.
        RetiredRotaError: when it is retired already.
        CentralError: when it is the central support, or still answers for applications.
    """
    policies.require(actor, policies.CHANGE_ROTA, rota)
    rota = locked(rota)
    if rota.retired_at:
        raise RetiredRotaError(f"{rota} is retired already.")
    if rota.is_central:
        raise CentralError("It is the central support. Make another rota that first.")
    held = rota.covers.filter(until=None).count()
    if held:
        raise CentralError(
            f"It answers for {held} application{'s' if held > 1 else ''}. Hand them back, or give"
            " them to another rota first."
        )
    rota.retired_at = now
    rota.revision = F("revision") + 1
    rota.save(update_fields=["retired_at", "revision"])
    rota.refresh_from_db()
    tell_changed(rota=rota, changed=recompute(rota=rota, now=now), actor=actor, now=now)
    audit.record(
        AuditEvent.ROTA_RETIRED,
        actor=actor.label,
        subject=rota.label,
        now=now,
        texts={"reason": reason} if reason else {},
    )
    return rota


@transaction.atomic
def make_central(*, rota: Rota, actor: User, now: datetime) -> Rota:
    """Let a rota answer for every application that no team has taken on.

    Raises:
        NotAllowedError: when the actor does not run the portal.
        RetiredRotaError: when it is retired.
    """
    policies.require(actor, policies.MAKE_CENTRAL, rota)
    rota = locked(rota)
    if rota.retired_at:
        raise RetiredRotaError(f"{rota} is retired. Choose one that is at work.")
    Rota.objects.filter(is_central=True).update(is_central=False)
    rota.is_central = True
    rota.save(update_fields=["is_central"])
    audit.record(AuditEvent.ROTA_MADE_CENTRAL, actor=actor.label, subject=rota.label, now=now)
    return rota


def _changeable(rota: Rota, seen: int) -> Rota:
    rota = locked(rota)
    if rota.retired_at:
        raise RetiredRotaError(f"{rota} is retired. Make a new rota.")
    if rota.revision != seen:
        raise StaleError(
            "Somebody changed this rota while you had it open. Here is how it is now; your changes"
            " are still in the form."
        )
    return rota


def _require_start(starts_at: datetime, now: datetime) -> None:
    if starts_at < now - FREEZE_AFTER:
        raise StartError("It would begin in the past, and what has been is a record. Begin now.")
    if starts_at > now + FURTHEST:
        raise StartError("It would begin more than a year from now. Choose an earlier day.")


def _require_sound(layers: Sequence[LayerDraft], rota: Rota) -> None:
    found = faults(layers, is_union=rota.is_union)
    if not found:
        people = frozenset[int]().union(*(layer.people for layer in layers))
        known = set(
            User.objects.filter(pk__in=people, is_active=True).values_list("pk", flat=True)
        )
        found = [
            Fault(number, "groups", "Somebody in it has no account, or left. Choose others.")
            for number, layer in enumerate(layers)
            if layer.people - known
        ]
    if found:
        raise DefinitionError(found)


def _require_fitting(rota: Rota, now: datetime) -> None:
    """Raise `DefinitionError` unless what counts now and later fits how the rota is resolved."""
    versions = plan_of(rota, since=now).versions
    begun = [since for since, _ in versions if since <= now]
    for since, layers in versions:
        if since >= max(begun, default=since):
            found = faults(layers, is_union=rota.is_union)
            if found:
                raise DefinitionError(found)


def _define(
    rota: Rota,
    layers: Sequence[LayerDraft],
    starts_at: datetime,
    actor: User,
    now: datetime,
    *,
    reason: str,
) -> RotaVersion:
    version = RotaVersion.objects.create(
        rota=rota,
        number=rota.versions.count() + 1,
        starts_at=starts_at,
        reason=reason,
        created_by=actor,
        created_at=now,
    )
    for position, draft in enumerate(layers):
        layer = Layer.objects.create(version=version, position=position, **_columns(draft))
        Participant.objects.bulk_create(
            Participant(layer=layer, turn=turn, person_id=person)
            for turn, group in enumerate(draft.groups)
            for person in group
        )
    return version


def _columns(draft: LayerDraft) -> dict[str, object]:
    return {
        "name": draft.name.strip(),
        "role": draft.role,
        "priority": draft.priority,
        "unit": draft.unit,
        "length": draft.length,
        "turn_days": list(draft.turn_days),
        "begins_on": draft.begins_on,
        "handoff_at": draft.handoff_at,
        "zone": draft.zone,
        "hours": draft.hours,
        "windows": [dict(window) for window in draft.windows],
        "ahead": draft.ahead,
        "starts_at": draft.starts_at,
        "ends_at": draft.ends_at,
    }


def _facts(rota: Rota) -> Mapping[str, object]:
    return {
        "name": rota.name,
        "description": rota.description,
        "zone": rota.zone,
        "calendar": rota.calendar,
        "hours": Hours(rota.hours).label.lower(),
        "resolution": Resolution(rota.resolution).label.lower(),
        "swaps": SwapPolicy(rota.swap_policy).label.lower(),
        "response_minutes": rota.response_minutes,
    }
