"""What the page of the rules shows: limits as they are set, and what of a team breaks them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q

from oncall.models import OptOut, RulePolicy, RuleSeverity, Shift
from oncall.rota import Span
from oncall.rules import RULES, Finding, Limit, Rule, judge
from oncall.selectors.records import limits, records_of
from oncall.selectors.rotas import rotas_of
from portal.accounts.models import READING_ROLES, User
from portal.accounts.policies import is_operations
from portal.catalogue.models import Membership, Team, TeamRole

WEEKS = 4
TEAMS = 200


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule with the limit that counts, who set it, and what breaks it."""

    rule: Rule
    limit: Limit
    policy: RulePolicy | None
    findings: Sequence[Finding]

    @property
    def severity(self) -> RuleSeverity:
        """What follows, with its words."""
        return RuleSeverity(self.limit.severity.value)


def lines(team: Team | None, *, now: datetime) -> list[RuleLine]:
    """Return every rule, with what of the coming weeks of a team's people breaks it."""
    set_here = {one.key: one for one in RulePolicy.objects.select_related("changed_by")}
    found: dict[str, list[Finding]] = defaultdict(list)
    if team:
        known = {key: one.limit for key, one in set_here.items()}
        for finding in _findings(team, known, Span(now, now + timedelta(weeks=WEEKS))):
            found[finding.rule.key].append(finding)
    return [
        RuleLine(
            rule,
            set_here[rule.key].limit if rule.key in set_here else rule.shipped,
            set_here.get(rule.key),
            found[rule.key],
        )
        for rule in RULES
    ]


def limit_of(rule: Rule) -> Limit:
    """Return the limit of a rule that counts."""
    return limits().get(rule.key, rule.shipped)


def opt_out_of(user: User) -> OptOut | None:
    """Return the opt-out that a person has signed."""
    return OptOut.objects.filter(person=user).first()


def teams_judged_for(user: User) -> list[Team]:
    """Return the teams with rotas whose people's load a person may see, by name."""
    found = Team.objects.filter(rotas__retired_at=None, rotas__isnull=False).distinct()
    if not is_operations(user) and user.role not in READING_ROLES:
        mine = Membership.objects.filter(user=user)
        led = mine.filter(role=TeamRole.LEAD).values("team")
        found = found.filter(
            Q(pk__in=mine.values("team")) | Q(lineage__overlap=ArraySubquery(led))
        )
    return list(found.order_by("name", "pk")[:TEAMS])


def _findings(team: Team, known: dict[str, Limit], within: Span) -> list[Finding]:
    rotas = list(rotas_of(team))
    shifts = Shift.objects.filter(
        rota__in=rotas, starts_at__lt=within.end, ends_at__gt=within.start
    )
    people = User.objects.filter(pk__in=shifts.values("person")).order_by("name", "pk")
    records = records_of(people, rotas, within=within)
    return [one for record in records.values() for one in judge(record, known, within)]
