"""Recording of what events tell: deployments, changes, incidents and artifacts, one by one.

Each fact comes as all stored events of it together tell it, so that it does not matter in which
order, how often and in how many parts the events came in.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from django.db import transaction

from kpis.adapters import testimony
from kpis.adapters.testimony import Table, Written
from kpis.models import EVENTS
from kpis.models import ToldIncident as StoredWord
from kpis.services.firsts import note_first_deployments
from kpis.services.follow import Touched, let_follow
from kpis.services.marks import hold
from kpis.types import Told, ToldArtifact, ToldChange, ToldDeployment, ToldIncident
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application

_TITLE, _AUTHOR, _VERSION, _DEPLOYER = 200, 120, 120, 120
# Tables of facts in the order in which the audit trail counts them.
_DEPLOYMENTS, _CHANGES, _INCIDENTS = "deployments", "changes", "incidents"


@transaction.atomic
def record_told(*, told: Told, actor: str, now: datetime) -> int:
    """Make the stored facts equal to what events tell of them; return how many are news.

    What follows for other facts is worked out: succession, contents, blame. A person's word
    about an incident stands. Nothing is written, marked or audited where nothing differs.
    """
    hold(told.applications)
    touched = Touched(placed=set(told.placed))
    news = Counter[tuple[int, str]]()
    _write_changes(told, touched, news)
    _write_artifacts(told, touched)
    _write_deployments(told, touched, news)
    _write_incidents(told, touched, news)
    let_follow(touched, now=now)
    if touched.deployments:
        note_first_deployments(told.applications, now=now)
    _audit(news, actor=actor, now=now)
    return news.total()


def _write_deployments(told: Told, touched: Touched, news: Counter[tuple[int, str]]) -> None:
    facts = told.deployments
    rows = [{**_columns(fact), "source": EVENTS, **_cut(fact)} for fact in facts]
    written = _write(testimony.DEPLOYMENTS, rows)
    said = [
        {
            "deployment_id": deployment.id,
            "event": fact.event,
            "kind": fact.kind,
            "repository_id": fact.repository_id,
            "sha": fact.sha,
            "artifact": fact.artifact,
            "changes": _named(fact.application_id, fact.changes),
            "names": _named(fact.application_id, fact.names),
            "remedies": "".join(_named(fact.application_id, [fact.remedies])),
        }
        for fact, deployment in zip(facts, written, strict=True)
    ]
    for fact, row, also in zip(
        facts, written, _write(testimony.TOLD_DEPLOYMENTS, said), strict=True
    ):
        if not (row.is_changed or also.is_changed):
            continue
        news[fact.application_id, _DEPLOYMENTS] += 1
        touched.deployments.add(row.id)
        if row.before and row.before["finished_at"]:
            touched.moved[row.id] = row.before["finished_at"]
            touched.count(fact.application_id, row.before["finished_at"])


def _write_changes(told: Told, touched: Touched, news: Counter[tuple[int, str]]) -> None:
    rows = [
        {
            **_columns(fact),
            "title": fact.title[:_TITLE],
            "author": fact.author[:_AUTHOR],
            "committed_at": fact.authored_at,
        }
        for fact in told.changes
    ]
    for fact, row in zip(told.changes, _write(testimony.CHANGES, rows), strict=True):
        if row.is_changed:
            news[fact.application_id, _CHANGES] += 1
            touched.changes.add(row.id)


def _write_artifacts(told: Told, touched: Touched) -> None:
    rows = [_columns(fact) for fact in told.artifacts]
    written = _write(testimony.ARTIFACTS, rows)
    touched.artifacts |= {row.id for row in written if row.is_changed}


def _write_incidents(told: Told, touched: Touched, news: Counter[tuple[int, str]]) -> None:
    facts = told.incidents
    rows = [{**_columns(fact), "source": EVENTS, "title": fact.title[:_TITLE]} for fact in facts]
    stored = testimony.find(testimony.INCIDENTS, rows)
    _keep_words(rows, stored)
    written = testimony.write(testimony.INCIDENTS, rows, stored)
    said = [
        {
            "incident_id": incident.id,
            "event": fact.event,
            "causes": _named(fact.application_id, fact.causes),
        }
        for fact, incident in zip(facts, written, strict=True)
    ]
    for fact, values, row, also in zip(
        facts, rows, written, _write(testimony.TOLD_INCIDENTS, said), strict=True
    ):
        if not (row.is_changed or also.is_changed):
            continue
        news[fact.application_id, _INCIDENTS] += 1
        touched.incidents.add(row.id)
        touched.count(fact.application_id, values["opened_at"])
        if row.before:
            touched.count(fact.application_id, row.before["opened_at"])


def _keep_words(rows: Sequence[dict[str, Any]], stored: dict[int, Written]) -> None:
    """Let a person's word stand, and let no incident end before it began."""
    words = dict(
        StoredWord.objects.filter(incident__in=[row.id for row in stored.values()])
        .exclude(corrected=[])
        .values_list("incident_id", "corrected")
    )
    for place, found in stored.items():
        if found.before is not None:
            rows[place].update({name: found.before[name] for name in words.get(found.id, ())})
    for row in rows:
        if row["resolved_at"] is not None:
            row["resolved_at"] = max(row["resolved_at"], row["opened_at"])


def _write(table: Table, rows: Sequence[dict[str, Any]]) -> list[Written]:
    return testimony.write(table, rows, testimony.find(table, rows))


def _columns(fact: ToldDeployment | ToldChange | ToldIncident | ToldArtifact) -> dict[str, Any]:
    return {column.name: getattr(fact, column.name) for column in fields(fact)}


def _cut(fact: ToldDeployment) -> dict[str, str]:
    return {"version": fact.version[:_VERSION], "deployer": fact.deployer[:_DEPLOYER]}


def _named(application: int, names: Iterable[str]) -> list[str]:
    """Return names as they are kept: within their application, each once, in order."""
    return sorted({f"{application}/{name}" for name in names if name})


def _audit(news: Counter[tuple[int, str]], *, actor: str, now: datetime) -> None:
    """Tell the trail once per application what is news about it."""
    applications = {application for application, _ in news}
    for application in Application.objects.filter(pk__in=applications).order_by("pk"):
        audit.record(
            AuditEvent.FACTS_TOLD,
            actor=actor,
            subject=application.label,
            now=now,
            data={
                name: news[application.pk, name] for name in (_DEPLOYMENTS, _CHANGES, _INCIDENTS)
            },
        )
