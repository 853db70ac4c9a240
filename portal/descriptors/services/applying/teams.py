"""Writing of teams: the tree and who is in them."""

from collections.abc import Iterable, Sequence

from django.conf import settings

from portal.accounts.models import User
from portal.audit.events import AuditEvent
from portal.audit.services import Happening
from portal.catalogue.models import Membership, Team, TeamRole
from portal.catalogue.services.teams import MONDAY_TO_FRIDAY
from portal.descriptors.plans.compare import Action, Step
from portal.descriptors.services.applying.words import after, words_of

TEXTS = ("name", "description", "kind", "zone", "country")


def write_teams(steps: Sequence[Step]) -> list[Happening]:
    """Create and change teams under the lock of the tree, parents first; return what to tell."""
    if not steps:
        return []
    teams = {team.slug: team for team in Team.objects.select_related("parent")}
    happenings = [_write(step, teams) for step in _parents_first(steps)]
    _rewrite_lineages(teams)
    return [*happenings, *_join(steps, teams)]


def _parents_first(steps: Iterable[Step]) -> list[Step]:
    created = {step.told.slug: step for step in steps if step.action is Action.CREATE}
    ordered: dict[str, Step] = {}

    def put(step: Step) -> None:
        above = created.get(str(after(step).get("parent", "")))
        if above is not None and above.told.slug not in ordered:
            put(above)
        ordered[step.told.slug] = step

    for step in created.values():
        put(step)
    return [*ordered.values(), *(step for step in steps if step.action is not Action.CREATE)]


def _write(step: Step, teams: dict[str, Team]) -> Happening:
    fields = after(step)
    parent = teams.get(str(fields.get("parent", "")))
    is_new = step.action is Action.CREATE
    team = teams.get(step.told.slug) or Team(
        slug=step.told.slug,
        zone=parent.zone if parent else settings.COMPANY_ZONE,
        country=parent.country if parent else "GB",
        workdays=[int(day) for day in MONDAY_TO_FRIDAY],
    )
    for name in TEXTS:
        if name in fields:
            setattr(team, name, fields[name])
    if "parent" in fields:
        team.parent = parent
    team.save(force_insert=is_new)
    teams[team.slug] = team
    if not is_new:
        return Happening(AuditEvent.TEAM_CHANGED, team.label, {"changes": words_of(step)})
    above = team.parent.label if team.parent else "the company"
    kind = team.get_kind_display().lower()
    return Happening(AuditEvent.TEAM_CREATED, team.label, {"kind": kind, "parent": above})


def _rewrite_lineages(teams: dict[str, Team]) -> None:
    by_pk = {team.pk: team for team in teams.values()}
    moved = []
    for team in by_pk.values():
        lineage = [team.pk]
        above = team.parent_id
        while above:
            lineage.insert(0, above)
            above = by_pk[above].parent_id
        if lineage != team.lineage:
            team.lineage = lineage
            moved.append(team)
    Team.objects.bulk_update(moved, ["lineage"], batch_size=500)


def _join(steps: Iterable[Step], teams: dict[str, Team]) -> list[Happening]:
    """Put people into teams; nobody is taken out, and leads stay leads."""
    wanted = {
        (teams[step.told.slug], email)
        for step in steps
        for change in step.changes
        if change.field == "members"
        for email in {*change.after} - {*change.before}
    }
    people = {user.email: user for user in User.objects.filter(email__in={e for _, e in wanted})}
    joined = sorted(wanted, key=lambda pair: (pair[0].slug, pair[1]))
    Membership.objects.bulk_create(
        [Membership(team=team, user=people[email]) for team, email in joined],
        ignore_conflicts=True,
    )
    role = TeamRole.MEMBER.label.lower()
    return [
        Happening(
            AuditEvent.MEMBER_ADDED, team.label, {"person": people[email].label, "role": role}
        )
        for team, email in joined
    ]
