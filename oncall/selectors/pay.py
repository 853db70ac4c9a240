"""Reads of pay: what a month earns and by which rates, what has been approved, who sees it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q, QuerySet

from oncall.adapters.hours import duty_calendars
from oncall.adapters.reports import (
    Flag,
    LineData,
    Sums,
    Work,
    amount_of,
    difference,
    digest_of,
    work_out,
)
from oncall.adapters.tariffs import UNITS_ONLY, Rules, read_rules
from oncall.models import (
    CallOut,
    PayGrade,
    PayReport,
    PayScheme,
    PersonGrade,
    ReportState,
    Rota,
    Shift,
)
from oncall.selectors.work import OVERSEERS
from portal.accounts.models import User
from portal.accounts.policies import Viewer
from portal.catalogue.models import Membership, Team, TeamRole
from portal.core.clock import local_date

# So many months back a correction still comes as a difference.
LOOKING_BACK = 3
# Clocks of the world are at most so far apart from UTC.
AROUND = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Draft:
    """The pay of a team for a month, as it is known now or as it was approved."""

    team: Team
    month: date
    report: PayReport | None
    scheme: PayScheme | None
    people: Sequence[Sums]
    flags: Sequence[Flag]
    digest: str

    @property
    def lines(self) -> list[LineData]:
        """All lines, by person."""
        return [line for one in self.people for line in one.lines]

    @property
    def state(self) -> ReportState:
        """How far it came; what was checked and has changed since is a draft again."""
        if self.report is None:
            return ReportState.DRAFT
        if self.report.state == ReportState.CHECKED and self.report.digest != self.digest:
            return ReportState.DRAFT
        return self.report.status

    @property
    def amount(self) -> Decimal | None:
        """The sum of everybody, or None when some line has no rate."""
        return amount_of(self.lines)

    def of(self, person: User) -> "Draft":
        """Return what one person sees of it: their own."""
        return replace(
            self,
            people=[one for one in self.people if one.person == person.pk],
            flags=[flag for flag in self.flags if flag.name == person.name],
        )


def is_approved(team: Team, at: datetime) -> bool:
    """Return whether the pay of the month in which an instant lies is approved."""
    month = local_date(at, team.zone).replace(day=1)
    return PayReport.objects.filter(team=team, month=month, state=ReportState.APPROVED).exists()


def paying_teams(user: Viewer) -> QuerySet[Team]:
    """Return the teams with rotas whose pay somebody sees, whole or their own lines."""
    if not (isinstance(user, User) and user.is_active):
        return Team.objects.none()
    found = Team.objects.filter(pk__in=Rota.objects.values("team"))
    if user.role in OVERSEERS:
        return found
    led = Membership.objects.filter(user=user, role=TeamRole.LEAD).values("team")
    return found.filter(
        Q(pk__in=Shift.objects.filter(person=user).values("rota__team"))
        | Q(pk__in=CallOut.objects.filter(person=user).values("rota__team"))
        | Q(lineage__overlap=ArraySubquery(led))
    )


def states_of(teams: Iterable[Team], month: date) -> dict[int, PayReport]:
    """Return the reports of teams for a month, by team."""
    found = PayReport.objects.filter(team__in=[team.pk for team in teams], month=month)
    return {one.team_id: one for one in found.select_related("approved_by", "checked_by")}


def scheme_for(team: Team, month: date) -> PayScheme | None:
    """Return the scheme that counts for a team at the start of a month: the nearest, the latest."""
    found = PayScheme.objects.filter(
        Q(team=None) | Q(team__in=team.lineage), valid_from__lte=month
    )
    depth = {pk: place + 1 for place, pk in enumerate(team.lineage)}
    return max(
        found,
        key=lambda one: (depth.get(one.team_id or 0, 0), one.valid_from, one.number),
        default=None,
    )


def current_schemes() -> list[PayScheme]:
    """Return all schemes with who defined them, the latest of each team first."""
    return list(
        PayScheme.objects.select_related("team", "created_by").order_by(
            "team__name", "-valid_from", "-number"
        )[:200]
    )


def grades() -> list[PayGrade]:
    """Return the grades with their rates, by name, the latest first."""
    return list(PayGrade.objects.select_related("created_by"))


def graded_people() -> list[PersonGrade]:
    """Return the latest grade of each person that has any."""
    return list(
        PersonGrade.objects.select_related("person", "chosen_by")
        .order_by("person__name", "person", "-valid_from", "-pk")
        .distinct("person__name", "person")
    )


def draft(team: Team, month: date) -> Draft:
    """Return the pay of a month: the frozen lines when it is approved, else as it is known now."""
    reports = {
        one.month: one
        for one in PayReport.objects.filter(
            team=team, month__gte=_months_before(month, LOOKING_BACK), month__lte=month
        ).select_related("scheme", "approved_by", "checked_by")
    }
    report = reports.pop(month, None)
    if report is not None and report.is_approved:
        return Draft(team, month, report, report.scheme, _frozen(report.lines), (), report.digest)
    scheme = scheme_for(team, month)
    work = _work(team, _months_before(month, LOOKING_BACK), month)
    people = {one.person_id for one in work.shifts} | {one.person_id for one in work.callouts}
    chosen, rates = _grades_of(people), _rates()
    worked = work_out(
        work, month, _rules(scheme), _day_rates(chosen, rates, month), is_money=bool(scheme)
    )
    sums = {one.person: one for one in worked.people}
    approved = {when: one for when, one in sorted(reports.items()) if one.is_approved}
    for when, earlier in approved.items():
        again = work_out(
            work, when, _rules(earlier.scheme), _day_rates(chosen, rates, when),
            is_money=bool(earlier.scheme),
        )  # fmt: skip
        for line in _differences(when, approved.values(), again.people):
            one = sums.setdefault(line["person"], Sums(line["person"], line["name"]))
            one.lines.append(line)
    ordered = sorted(sums.values(), key=lambda one: (one.name, one.person))
    lines = [line for one in ordered for line in one.lines]
    return Draft(
        team,
        month,
        report,
        scheme,
        ordered,
        worked.flags,
        digest_of(lines, scheme.pk if scheme else None),
    )


def _differences(
    when: date, approved: Iterable[PayReport], again: Iterable[Sums]
) -> Iterable[LineData]:
    """Yield what an approved month earns more or less by what is known now than was paid for it."""
    was: dict[int, Decimal] = defaultdict(Decimal)
    names: dict[int, str] = {}
    for report in approved:
        for line in report.lines:
            if line["month"] == when.isoformat() and line["amount"] is not None:
                was[line["person"]] += Decimal(line["amount"])
                names[line["person"]] = line["name"]
    now: dict[int, Decimal] = {}
    unknown = set()
    for one in again:
        names[one.person] = one.name
        amount = one.amount
        if amount is None:
            unknown.add(one.person)
        else:
            now[one.person] = amount
    for person in sorted(names.keys() - unknown):
        more = now.get(person, Decimal(0)) - was[person]
        if more:
            yield difference(person, names[person], when, more, ())


def _frozen(lines: Iterable[LineData]) -> list[Sums]:
    found: dict[int, Sums] = {}
    for line in lines:
        one = found.setdefault(line["person"], Sums(line["person"], line["name"]))
        one.lines.append(line)
    return list(found.values())


def _rules(scheme: PayScheme | None) -> Rules:
    return read_rules(scheme.rules if scheme else UNITS_ONLY)


def _work(team: Team, first: date, last: date) -> Work:
    start = datetime.combine(first, time(0), UTC) - AROUND
    end = datetime.combine(_months_before(last, -1), time(0), UTC) + AROUND
    rotas = list(Rota.objects.filter(team=team).select_related("team"))
    here = Shift.objects.filter(rota__team=team, starts_at__lt=end, ends_at__gt=start)
    shifts = list(
        Shift.objects.filter(
            person__in=here.values("person"), starts_at__lt=end, ends_at__gt=start
        )
        .select_related("person", "rota")
        .order_by("starts_at", "pk")
    )
    callouts = CallOut.objects.filter(
        rota__team=team, struck_at=None, starts_at__lt=end, ends_at__gt=start
    )
    return Work(
        rotas,
        duty_calendars(rotas),
        [one for one in shifts if one.rota.team_id == team.pk],
        list(callouts.select_related("person").order_by("starts_at", "pk")),
        [one for one in shifts if one.rota.team_id != team.pk],
    )


def _grades_of(people: Iterable[int]) -> dict[int, list[tuple[date, str]]]:
    """Return the grades of people, each from when, the latest first."""
    found: dict[int, list[tuple[date, str]]] = defaultdict(list)
    rows = PersonGrade.objects.filter(person__in=people).order_by("-valid_from", "-pk")
    for person, since, grade in rows.values_list("person", "valid_from", "grade"):
        found[person].append((since, grade))
    return found


def _rates() -> dict[str, list[tuple[date, Decimal]]]:
    found: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    rows = PayGrade.objects.order_by("name", "-valid_from")
    for name, since, rate in rows.values_list("name", "valid_from", "day_rate"):
        found[name].append((since, rate))
    return found


def _day_rates(
    chosen: Mapping[int, Sequence[tuple[date, str]]],
    rates: Mapping[str, Sequence[tuple[date, Decimal]]],
    month: date,
) -> dict[int, Decimal]:
    """Return the day rates of people that count at the start of a month."""
    found = {}
    for person, grades_ in chosen.items():
        grade = next((grade for since, grade in grades_ if since <= month), "")
        rate = next((rate for since, rate in rates.get(grade, ()) if since <= month), None)
        if rate is not None:
            found[person] = rate
    return found


def _months_before(month: date, number: int) -> date:
    years, zero_based = divmod(month.year * 12 + month.month - 1 - number, 12)
    return date(years, zero_based + 1, 1)
