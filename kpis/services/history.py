"""Recording of a delivery history: stored facts become what the source tells."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from kpis.adapters import lines, told
from kpis.adapters.lines import EVER, Key, Line
from kpis.adapters.told import Place
from kpis.models import Change, Deployment, DeploymentCommit, DeploymentStatus, ToldDeployment
from kpis.services.firsts import note_first_deployments
from kpis.services.follow import Touched, let_follow
from kpis.types import ChangeFact, DeploymentFact, HistoryOutcome
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application, Environment, Repository

_COMPARED = ("version", "status", "kind", "started_at", "finished_at", "deployer", "url")


class InconsistentHistoryError(ValueError):
    """The history contradicts itself; the message says where."""


@transaction.atomic
def record_history(
    *,
    application: Application,
    environment: Environment,
    repository: Repository,
    source: str,
    deployments: Sequence[DeploymentFact],
    changes: Sequence[ChangeFact],
    actor: str,
    now: datetime,
) -> HistoryOutcome:
    """Make the stored facts of one source equal to what it tells and return what that changed.

    The history is told whole, in any order: what differs is corrected, and a deployment that is
    no longer told stays and is named as missing. `source` tells one origin from another within
    the application, such as `git:https://git.example.com/pay.git`. Nothing is written, marked
    or audited when nothing differs.

    Raises:
        InconsistentHistoryError: a name is told twice, or a deployment contains or remedies
            what is not told.
    """
    _check(deployments, changes)
    # One writer of an application's facts at a time: succession and blame span all of them.
    Application.objects.select_for_update(no_key=True).get(pk=application.pk)
    place = Place(application.pk, environment.pk, repository.pk)
    told.lay_out(changes)
    new_changes, corrected_changes = told.write_changes(place)
    stored = {
        deployment.external_id: deployment
        for deployment in Deployment.objects.filter(
            application=application, environment=environment, source=source
        )
    }
    new = [
        Deployment(
            application=application,
            environment=environment,
            source=source,
            external_id=fact.external_id,
            **_values(fact),
        )
        for fact in deployments
        if fact.external_id not in stored
    ]
    corrected, moved = _correct(stored, deployments)
    Deployment.objects.bulk_create(new)
    Deployment.objects.bulk_update(corrected, _COMPARED, batch_size=500)
    known = stored | {deployment.external_id: deployment for deployment in new}
    touched = {d.pk for d in new} | {d.pk for d in corrected}
    touched |= _write_commits(known, deployments, repository)
    touched |= _write_remedies(known, deployments)
    lines.write_heads(touched)
    recounted = lines.find_duplicates(
        {Key(environment.pk, repository.pk, fact.sha) for fact in deployments}
    )
    stretches = lines.write_lines({Line(environment.pk, repository.pk): EVER}, touched | recounted)
    became_first = {stretch.deployment for stretch in stretches if stretch.became_first}
    live, removed = told.write_contents(
        place,
        ((sha, known[fact.external_id].pk) for fact in deployments for sha in fact.contains),
        [known[fact.external_id].pk for fact in deployments],
    )
    following = Touched(
        deployments=touched | recounted | became_first,
        moved=moved,
        changes=_changes_beside_events(repository),
        instants={application.pk: live | set(moved.values())},
    )
    let_follow(following, now=now)
    if new:
        note_first_deployments([application.pk], now=now)
    missing = stored.keys() - {fact.external_id for fact in deployments}
    outcome = HistoryOutcome(
        new_deployments=len(new),
        corrected_deployments=len(touched - {d.pk for d in new}),
        unchanged_deployments=len(deployments) - len(touched),
        new_changes=new_changes,
        corrected_changes=corrected_changes,
        removed_changes=removed,
        missing=sorted(missing),
    )
    if outcome.changed:
        audit.record(
            AuditEvent.DEPLOYMENTS_RECORDED,
            actor=actor,
            subject=application.label,
            now=now,
            data={
                "deployments": outcome.new_deployments + outcome.corrected_deployments,
                "changes": new_changes + corrected_changes,
                "source": source,
            },
        )
    return outcome


def _check(deployments: Sequence[DeploymentFact], changes: Sequence[ChangeFact]) -> None:
    names = Counter(fact.external_id for fact in deployments)
    shas = Counter(change.sha for change in changes)
    contained = Counter(sha for fact in deployments for sha in fact.contains)
    remedied = {fact.remedies for fact in deployments if fact.remedies}
    for complaint, culprits in (
        ("Deployments told twice", [name for name, times in names.items() if times > 1]),
        ("Changes told twice", [sha for sha, times in shas.items() if times > 1]),
        ("Changes first live twice", [sha for sha, times in contained.items() if times > 1]),
        ("Changes contained but not told", sorted(contained.keys() - shas.keys())),
        ("Deployments remedied but not told", sorted(remedied - names.keys())),
        (
            "Deployments that did not succeed but contain changes",
            [
                fact.external_id
                for fact in deployments
                if fact.contains and fact.status != DeploymentStatus.SUCCEEDED
            ],
        ),
    ):
        if culprits:
            raise InconsistentHistoryError(f"{complaint}: {', '.join(culprits[:5])}.")


def _values(fact: DeploymentFact) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(fact, name) for name in _COMPARED}
    return values | {"version": fact.version[:120], "deployer": fact.deployer[:120]}


def _correct(
    stored: dict[str, Deployment], deployments: Sequence[DeploymentFact]
) -> tuple[list[Deployment], dict[int, datetime]]:
    """Change stored deployments that differ; return them, and when they had finished before.

    One that is counted as told by an event did succeed, so its status does not differ.
    """
    corrected, left = [], {}
    for fact in deployments:
        deployment = stored.get(fact.external_id)
        if deployment is None:
            continue
        differing = {
            name: value
            for name, value in _values(fact).items()
            if getattr(deployment, name) != value
        }
        if (deployment.status, fact.status) == (
            DeploymentStatus.DUPLICATE,
            DeploymentStatus.SUCCEEDED,
        ):
            del differing["status"]
        if differing:
            if deployment.finished_at is not None:
                left[deployment.pk] = deployment.finished_at
            for name, value in differing.items():
                setattr(deployment, name, value)
            corrected.append(deployment)
    return corrected, left


def _write_commits(
    known: dict[str, Deployment], deployments: Sequence[DeploymentFact], repository: Repository
) -> set[int]:
    """Store which commit each deployment put live; return the ids of deployments that changed."""
    wanted = {known[fact.external_id].pk: fact.sha for fact in deployments}
    stored = {
        commit.deployment_id: commit
        for commit in DeploymentCommit.objects.filter(
            deployment_id__in=wanted, repository=repository
        )
    }
    new = [
        DeploymentCommit(deployment_id=pk, repository=repository, sha=sha)
        for pk, sha in wanted.items()
        if pk not in stored
    ]
    moved = [commit for pk, commit in stored.items() if commit.sha != wanted[pk]]
    for commit in moved:
        commit.sha = wanted[commit.deployment_id]
    DeploymentCommit.objects.bulk_create(new)
    DeploymentCommit.objects.bulk_update(moved, ["sha"], batch_size=500)
    return {commit.deployment_id for commit in (*new, *moved)}


def _write_remedies(
    known: dict[str, Deployment], deployments: Sequence[DeploymentFact]
) -> set[int]:
    """Store which deployment each one rolls back or fixes; return the ids of those changed."""
    changed = []
    for fact in deployments:
        deployment = known[fact.external_id]
        remedied = known[fact.remedies].pk if fact.remedies else None
        if deployment.remedies_id != remedied:
            deployment.remedies_id = remedied
            changed.append(deployment)
    Deployment.objects.bulk_update(changed, ["remedies"], batch_size=500)
    return {deployment.pk for deployment in changed}


def _changes_beside_events(repository: Repository) -> set[int]:
    """Return the changes about which events and the history may both tell, if there are events."""
    if not ToldDeployment.objects.filter(
        deployment__application=repository.application_id
    ).exists():
        return set()
    return set(Change.objects.filter(repository=repository).values_list("pk", flat=True))
