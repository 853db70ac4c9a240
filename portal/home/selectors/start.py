"""The start page: what is mine, how it does, what happened to it and what waits for me.

At most ten queries, however many applications somebody answers for.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from kpis.metrics.periods import Period, period_at
from kpis.models import Deployment, FailureLink, Incident, Rollup, ScopeKind
from kpis.selectors.comparisons import Cell, Line, compare
from kpis.selectors.scopes import scope_of_application, scope_of_company
from oncall.models import Swap, SwapState
from oncall.rules import hours_in_words
from oncall.selectors.swaps import waiting_for as swaps_waiting_for
from portal.accounts.models import User
from portal.accounts.policies import can_write, is_executive, is_operations
from portal.catalogue.models import Application, Attestation, Team, TransferRequest
from portal.catalogue.selectors import applications_visible_to, my_applications, my_teams
from portal.catalogue.selectors.attestation import asked_for, attestation_of, due_at
from portal.catalogue.selectors.ownership import transfers_waiting_for
from portal.integrations.models import HistoryImport, ImportState
from portal.scorecards.models import Exemption
from portal.scorecards.selectors.exemptions import waiting_for

SHOWN = 8
COLUMNS = ("change_fail_rate", "lead_time", "deployment_frequency")
# Of more applications than these, only those with the most failures are put in order.
COMPARED = 60
WAITS_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Mine:
    """One of my applications: its KPIs of the last complete month, and incidents open now."""

    application: Application
    cells: Sequence[Cell]
    open_incidents: int

    @property
    def trouble(self) -> str:
        """What is wrong right now, in words; empty when nothing is."""
        match self.open_incidents:
            case 0:
                return ""
            case 1:
                return "1 open incident"
            case count:
                return f"{count} open incidents"


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for me, and where it is mended."""

    title: str
    note: str
    at: datetime | None
    url: str
    action: str
    # Whether the action is done at once, by a form that is sent to `url`, and then the way round.
    is_done_at_once: bool = False
    otherwise: str = ""
    otherwise_url: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """Everything the start page shows."""

    period: Period
    teams: Sequence[Team]
    applications: Sequence[Mine]
    applications_count: int
    incidents: Sequence[Incident]
    deployments: Sequence[Deployment]
    tasks: Sequence[Task]
    company: Line | None


def start_of(user: User, *, now: datetime) -> Start:
    """Return the start page of a person."""
    ids = list(my_applications(user).filter(retired_at=None).values_list("pk", flat=True))
    trouble = _trouble(ids, now)
    period = period_at("month", now, settings.COMPANY_ZONE).shift(-1)
    return Start(
        period=period,
        teams=list(my_teams(user)),
        applications=_worst(user, ids, trouble.unresolved, period, now),
        applications_count=len(ids),
        incidents=trouble.unresolved[:SHOWN],
        deployments=_deployments(ids),
        tasks=_tasks(user, ids, trouble.unexplained, now) if can_write(user) else [],
        company=_company(period, now) if is_executive(user) else None,
    )


class Trouble(NamedTuple):
    """Incidents that are open, the worst first, and those lately without a known cause."""

    unresolved: list[Incident]
    unexplained: list[Incident]


def _trouble(ids: Sequence[int], now: datetime) -> Trouble:
    cause = FailureLink.objects.filter(incident=OuterRef("pk"), is_current=True)
    unexplained = Q(caused_by_change=True, opened_at__gte=now - WAITS_FOR) & ~Exists(cause)
    found = (
        Incident.objects.filter(Q(resolved_at=None) | unexplained, application__in=ids)
        .annotate(is_unexplained=unexplained)
        .select_related("application")
        .order_by("severity", "-opened_at")
    )
    return Trouble(
        unresolved=[one for one in found if one.resolved_at is None],
        unexplained=[one for one in found if one.is_unexplained],
    )


def _worst(
    user: User, ids: Sequence[int], incidents: Sequence[Incident], period: Period, now: datetime
) -> list[Mine]:
    """Return my applications: those with open incidents first, then from the worst KPIs on."""
    burning = Counter(incident.application_id for incident in incidents)
    wanted = Q(pk__in=ids)
    if len(ids) > COMPARED:
        wanted = Q(pk__in=burning.keys()) | Q(pk__in=_with_most_failures(ids, period))
    found = list(applications_visible_to(user).filter(wanted))
    scopes = {scope_of_application(one): one for one in found}
    lines = compare(list(scopes), period=period, now=now).lines
    mine = [
        Mine(
            application=scopes[line.scope],
            cells=[line.cell(key) for key in COLUMNS],
            open_incidents=burning[line.scope.id],
        )
        for line in lines
    ]
    return sorted(mine, key=lambda one: -one.open_incidents)[:SHOWN]


def _with_most_failures(ids: Sequence[int], period: Period) -> QuerySet[Rollup, int]:
    """Return the ids of those with the most failures, for a query around it."""
    found = Rollup.objects.filter(
        scope_kind=ScopeKind.APPLICATION,
        scope_id__in=ids,
        grain=period.grain,
        starts_on=period.starts_on,
    )
    ordered = found.order_by("-failures", "scope_id")
    return ordered.values_list("scope_id", flat=True)[:COMPARED]


def _deployments(ids: Sequence[int]) -> list[Deployment]:
    return list(
        Deployment.objects.filter(
            application__in=ids, environment__is_production=True, finished_at__isnull=False
        )
        .select_related("application")
        .order_by("-finished_at")[:SHOWN]
    )


def _tasks(
    user: User, ids: Sequence[int], unexplained: Sequence[Incident], now: datetime
) -> list[Task]:
    tasks = [_transfer(one) for one in transfers_waiting_for(user, now)]
    asked = asked_for(user, now)
    tasks += [_attestation(one, now) for one in asked.mine]
    if asked.below:
        tasks.append(_unconfirmed(asked.below, is_company=is_operations(user)))
    tasks += [_swap(one) for one in swaps_waiting_for(user, now=now)[:SHOWN]]
    tasks += [_exemption(one) for one in waiting_for(user)[:SHOWN]]
    tasks += [_failed_import(one) for one in _failed_imports(user, ids, now)]
    tasks += [_unexplained(one) for one in unexplained]
    if asked.unowned:
        tasks.append(_unowned(asked.unowned))
    return tasks[:SHOWN]


def _swap(waiting: Swap) -> Task:
    if waiting.state == SwapState.AGREED:
        title, action = f"{waiting.taker} takes hours of {waiting.giver}, if you agree", "Decide"
    elif waiting.is_offer:
        title, action = f"{waiting.asked} offers to take hours of yours", "Answer"
    else:
        title, action = f"{waiting.giver} asks you to take hours on call", "Answer"
    return Task(
        title=title,
        note=f"{waiting.rota}, {hours_in_words(waiting.span, waiting.rota.zone)}",
        at=waiting.requested_at,
        url=waiting.get_absolute_url(),
        action=action,
    )


def _exemption(waiting: Exemption) -> Task:
    return Task(
        title=f"{waiting.asked_by} asks that {waiting.application} be exempt",
        note=f"From “{waiting.title}”: {waiting.reason}",
        at=waiting.asked_at,
        url=waiting.get_absolute_url(),
        action="Decide",
    )


def _transfer(request: TransferRequest) -> Task:
    what = "offers you" if request.is_offer else "asks you for"
    team = request.from_team if request.is_offer else request.to_team
    return Task(
        title=f"{team} {what} {request.application}",
        note=request.reason,
        at=request.requested_at,
        url=reverse("transfer", args=[request.pk]),
        action="Answer",
    )


def _attestation(application: Application, now: datetime) -> Task:
    state = attestation_of(application, now)
    return Task(
        title=f"Is {application} still owned by {application.owner}?",
        note=f"The answer is due on {due_at(application):%-d %B %Y}."
        if state == Attestation.DUE_SOON
        else f"The answer was due on {due_at(application):%-d %B %Y}.",
        at=None,
        url=reverse("application-attest", args=[application.slug]),
        action="Still ours",
        is_done_at_once=True,
        otherwise="Not ours",
        otherwise_url=reverse("transfer-new", args=[application.slug]),
    )


def _unconfirmed(count: int, *, is_company: bool) -> Task:
    what = "application was" if count == 1 else "applications were"
    state, show = (Attestation.ESCALATED, "") if is_company else (Attestation.OVERDUE, "mine")
    return Task(
        title=f"{count:,} {what} not confirmed by the owner",
        note="Weeks after the day on which the owner's word was due.",
        at=None,
        url=f"{reverse('applications')}?{urlencode({'show': show, 'attestation': state.value})}",
        action="See which",
    )


def _failed_imports(user: User, ids: Sequence[int], now: datetime) -> list[HistoryImport]:
    """Return failed imports that nobody has repeated since; operations see those of everybody."""
    later = HistoryImport.objects.filter(
        application=OuterRef("application"),
        source=OuterRef("source"),
        requested_at__gt=OuterRef("requested_at"),
    )
    failed = HistoryImport.objects.filter(
        ~Exists(later), state=ImportState.FAILED, finished_at__gte=now - WAITS_FOR
    )
    if not is_operations(user):
        failed = failed.filter(application__in=ids)
    return list(failed.select_related("application").order_by("-finished_at")[:SHOWN])


def _failed_import(failed: HistoryImport) -> Task:
    return Task(
        title=f"The import into {failed.application} failed",
        note=failed.problem,
        at=failed.finished_at,
        url=reverse("import", args=[failed.pk]),
        action="See why",
    )


def _unexplained(incident: Incident) -> Task:
    return Task(
        title=f"{incident.application}: {incident.title}",
        note="No deployment is known to have caused it.",
        at=incident.opened_at,
        url=reverse("incident", args=[incident.pk]),
        action="Name the cause",
    )


def _unowned(count: int) -> Task:
    what = "application has" if count == 1 else "applications have"
    return Task(
        title=f"{count:,} {what} no owner",
        note="Nobody answers for what nobody owns.",
        at=None,
        url=f"{reverse('applications')}?show=unowned",
        action="Find owners",
    )


def _company(period: Period, now: datetime) -> Line:
    return compare([scope_of_company()], period=period, now=now).lines[0]
