"""What readiness is judged by: the facts of many claims at once, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, Max, Min, OuterRef, Q
from django.db.models.functions import Lower

from oncall.models import (
    Claim,
    ClaimState,
    Cover,
    DutyRole,
    Evidence,
    EvidenceKind,
    Gap,
    Participant,
    Rota,
    Shift,
)
from oncall.plans.readiness import AHEAD_DAYS, Facts, RotaFacts, Told
from oncall.rota import Shift as Stretch
from oncall.rota import Span
from oncall.rota.spans import joined
from portal.accounts.models import READING_ROLES, User
from portal.catalogue.models import Contact, Dependency, Membership, Team, TeamRole
from portal.catalogue.selectors.attestation import attestation_of
from portal.notifications.selectors.ways import Reachability, reachability

ANSWERING = (DutyRole.PRIMARY, DutyRole.SECONDARY)


def facts_of(claims: Sequence[Claim], *, now: datetime) -> dict[int, Facts]:
    """Return what is known of the readiness of claims, by their ids.

    The claims have their application with its owner, their team and their rota at hand.
    """
    applications = [claim.application_id for claim in claims]
    rotas = {claim.rota.pk: claim.rota for claim in claims if claim.rota}
    teams = {claim.team_id: claim.team for claim in claims}
    told = _told(applications, now)
    people = _people(list(rotas), now)
    plans = _rotas(rotas.values(), now)
    everybody = frozenset(pk for found in people.values() for pk in found)
    tried = _on_call_before(everybody) | _shadowed(everybody, now)
    beside = _beside_central(claims, now)
    told_shadow = _told_shadow(applications)
    unreachable = _unreachable(everybody, now)
    managers = _managers(teams.values())
    needs = _dependencies(applications)
    contacts = _contacts(list(teams))
    found = {}
    for claim in claims:
        mine = people.get(claim.rota_id or 0, {})
        untried = mine.keys() - tried - beside[claim.pk] - told_shadow[claim.application_id]
        recorded, unowned = needs[claim.application_id]
        number, personal = contacts.get(claim.team_id, (0, 0))
        found[claim.pk] = Facts(
            application=claim.application.name,
            team=claim.team.name,
            has_runbook=bool(claim.application.runbook_url),
            told=told[claim.application_id],
            good_for=settings.OWNERSHIP_EVIDENCE_DAYS,
            rota=plans.get(claim.rota_id or 0),
            people=frozenset(mine.values()),
            untried=frozenset(mine[pk] for pk in untried),
            unreachable={mine[pk]: lacks for pk, lacks in unreachable.items() if pk in mine},
            manager=managers.get(claim.team_id, ""),
            dependencies=recorded,
            unowned_dependencies=unowned,
            contacts=number,
            personal_contacts=personal,
            attestation=str(attestation_of(claim.application, now) or ""),
        )
    return found


def _told(applications: Sequence[int], now: datetime) -> Mapping[int, dict[str, Told]]:
    """Return the latest of every kind that was told of applications."""
    rows = (
        Evidence.objects.filter(application__in=applications)
        .exclude(kind=EvidenceKind.SHADOW_DONE)
        .order_by("application", "kind", "-done_on", "-pk")
        .distinct("application", "kind")
        .values_list("application", "kind", "done_on", "told_by__name")
    )
    today = now.astimezone(UTC).date()
    found: dict[int, dict[str, Told]] = defaultdict(dict)
    for application, kind, on, by in rows:
        found[application][kind] = Told(on, by, (today - on).days)
    return found


def _people(rotas: Sequence[int], now: datetime) -> dict[int, dict[int, str]]:
    """Return who takes turns as primary or secondary in the definition that counts now, by rota.

    Of a rota that begins later it is the first definition.
    """
    rows = (
        Participant.objects.filter(
            layer__version__rota__in=rotas,
            layer__version__superseded_at=None,
            layer__role__in=ANSWERING,
            person__is_active=True,
        )
        .order_by("layer__version__starts_at")
        .values_list(
            "layer__version__rota",
            "layer__version",
            "layer__version__starts_at",
            "person",
            "person__name",
        )
    )
    by_version: dict[int, dict[int, dict[int, str]]] = defaultdict(lambda: defaultdict(dict))
    chosen: dict[int, int] = {}
    for rota, version, begins, person, name in rows:
        by_version[rota][version][person] = name
        if rota not in chosen or begins <= now:
            chosen[rota] = version
    return {rota: by_version[rota][version] for rota, version in chosen.items()}


def _rotas(known: Collection[Rota], now: datetime) -> dict[int, RotaFacts]:
    """Return what is planned of rotas for the time ahead."""
    ahead = Span(now, now + timedelta(days=AHEAD_DAYS))
    shifts: dict[int, list[tuple[str, str, Span]]] = defaultdict(list)
    for rota, role, name, begins, ends in Shift.objects.filter(
        rota__in=known, ends_at__gt=ahead.start, starts_at__lt=ahead.end
    ).values_list("rota", "role", "person__name", "starts_at", "ends_at"):
        shifts[rota].append((role, name, Span(begins, ends) & ahead))
    gaps: dict[int, list[Span]] = defaultdict(list)
    for rota, begins, ends in Gap.objects.filter(
        rota__in=known, role__in=ANSWERING, ends_at__gt=ahead.start, starts_at__lt=ahead.end
    ).values_list("rota", "starts_at", "ends_at"):
        gaps[rota].append(Span(begins, ends) & ahead)
    return {rota.pk: _rota(rota, shifts[rota.pk], gaps[rota.pk], now) for rota in known}


def _rota(
    rota: Rota, shifts: Sequence[tuple[str, str, Span]], gaps: Sequence[Span], now: datetime
) -> RotaFacts:
    answering = [Stretch(*span, name, role) for role, name, span in shifts if role in ANSWERING]
    covered = sum(span.hours for span in joined([*(one.span for one in answering), *gaps]))
    by_person: dict[str, list[Span]] = defaultdict(list)
    for one in answering:
        by_person[one.person].append(one.span)
    return RotaFacts(
        name=rota.name,
        slug=rota.slug,
        is_retired=rota.retired_at is not None,
        days_planned=(rota.computed_until - now).days if rota.computed_until else 0,
        roles=frozenset(role for role, _, _ in shifts),
        gaps=len(gaps),
        gap_hours=sum(span.hours for span in gaps),
        shares={
            name: sum(span.hours for span in joined(spans)) / covered
            for name, spans in by_person.items()
        },
        response_minutes=rota.response_minutes,
    )


def _on_call_before(people: Iterable[int]) -> frozenset[int]:
    """Return who has answered for something, in a rota that covered it, at some time before."""
    covering = Cover.objects.filter(rota=OuterRef("rota"), since__lt=OuterRef("ends_at"))
    shifts = Shift.objects.filter(
        Q(rota__is_central=True) | Exists(covering),
        person=OuterRef("pk"),
        role__in=ANSWERING,
        frozen_at__isnull=False,
    )
    return frozenset(
        User.objects.filter(Exists(shifts), pk__in=people).values_list("pk", flat=True)
    )


def _shadowed(people: Iterable[int], now: datetime) -> frozenset[int]:
    """Return who did a shift as shadow, in whatever rota."""
    shifts = Shift.objects.filter(role=DutyRole.SHADOW, person=OuterRef("pk"), ends_at__lte=now)
    return frozenset(
        User.objects.filter(Exists(shifts), pk__in=people).values_list("pk", flat=True)
    )


def _beside_central(claims: Sequence[Claim], now: datetime) -> Mapping[int, set[int]]:
    """Return who finished a turn of the claim's rota since its team shadows central support."""
    since = Min("steps__since", filter=Q(steps__state=ClaimState.SHADOWING))
    begun = (
        Claim.objects.filter(pk__in=[claim.pk for claim in claims])
        .annotate(shadowing=since)
        .filter(shadowing__isnull=False)
        .values_list("pk", "rota", "shadowing")
    )
    by_rota: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for pk, rota, at in begun:
        by_rota[rota or 0].append((pk, at))
    earliest = min((at for found in by_rota.values() for _, at in found), default=now)
    latest = (
        Shift.objects.filter(
            rota__in=list(by_rota), role__in=ANSWERING, ends_at__lte=now, starts_at__gte=earliest
        )
        .order_by()
        .values_list("rota", "person")
        .annotate(latest=Max("starts_at"))
    )
    found: dict[int, set[int]] = defaultdict(set)
    for rota, person, at in latest:
        for pk, shadowing in by_rota[rota]:
            if at >= shadowing:
                found[pk].add(person)
    return found


def _told_shadow(applications: Sequence[int]) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    rows = Evidence.objects.filter(application__in=applications, kind=EvidenceKind.SHADOW_DONE)
    for application, person in rows.values_list("application", "person"):
        found[application].add(person or 0)
    return found


def _unreachable(people: Iterable[int], now: datetime) -> dict[int, str]:
    """Return what people lack to be reached, in words."""
    found = reachability(User.objects.filter(pk__in=people), now)
    return {pk: _lacks(one) for pk, one in found.items() if not one.is_enough or one.unanswered}


def _lacks(found: Reachability) -> str:
    if not found.is_enough:
        ways = "1 way" if found.verified == 1 else f"{found.verified or 'no'} ways"
        return f"{ways} that answered a test lately, of 2"
    return "a test page was not answered"


def _managers(teams: Iterable[Team]) -> dict[int, str]:
    """Return the name of somebody who leads above each team, nearest first."""
    above = {team.pk: team.lineage[:-1] for team in teams}
    leads: dict[int, str] = dict(
        Membership.objects.filter(
            team__in={node for nodes in above.values() for node in nodes},
            role=TeamRole.LEAD,
            user__is_active=True,
        )
        .exclude(user__role__in=READING_ROLES)
        .order_by("-pk")
        .values_list("team", "user__name")
    )
    return {
        team: next((leads[node] for node in reversed(nodes) if node in leads), "")
        for team, nodes in above.items()
    }


def _dependencies(applications: Sequence[int]) -> Mapping[int, tuple[int, list[str]]]:
    """Return how many applications each one needs, and the names of those without an owner."""
    rows = Dependency.objects.filter(from_application__in=applications).values_list(
        "from_application",
        "to_application__name",
        "to_application__owner",
    )
    found: dict[int, tuple[int, list[str]]] = defaultdict(lambda: (0, []))
    for application, name, owner in rows:
        number, unowned = found[application]
        found[application] = (number + 1, [*unowned, *([] if owner else [name])])
    return found


def _contacts(teams: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return how many contacts each team has, and how many of them are addresses of persons."""
    persons = User.objects.annotate(address=Lower("email")).filter(address=OuterRef("written"))
    rows = (
        Contact.objects.filter(team__in=teams)
        .annotate(written=Lower(F("value")))
        .annotate(personal=Exists(persons))
        .values_list("team", "personal")
    )
    found: dict[int, tuple[int, int]] = {}
    for team, personal in rows:
        number, some = found.get(team, (0, 0))
        found[team] = (number + 1, some + personal)
    return found
