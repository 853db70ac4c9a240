"""Incidents by hand: opened, changed, resolved, reopened, and what they are blamed on."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction

from kpis.models import Deployment, FailureLink, Incident, LinkRule, ToldIncident
from kpis.services.attribution import CONFIDENCE, attribute, settle
from kpis.services.marks import hold, mark
from portal.accounts.policies import Actor
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue import policies
from portal.catalogue.models import Application, Environment
from portal.catalogue.services.applications import changeable_application

MANUAL = "manual"
# Clocks of people and servers differ by so much.
TOLERANCE = timedelta(minutes=5)


class IncidentError(ValueError):
    """What was said of the incident cannot be; the message says how to mend it."""


@transaction.atomic
def open_incident(
    *,
    application: Application,
    title: str,
    severity: int,
    opened_at: datetime,
    actor: Actor,
    now: datetime,
    environment: Environment | None = None,
    caused_by: Deployment | None = None,
    caused_by_change: bool = True,
    url: str = "",
) -> Incident:
    """Record that an incident began, blame it, and return it.

    Without `caused_by` the rules decide which deployment it is blamed on, unless somebody knows
    already that no change caused it.

    Raises:
        NotAllowedError: the person may not change the application.
        RetiredError: the application is retired.
        IncidentError: it began in the future or before the deployment, or those are another's.
    """
    application = changeable_application(application, actor)
    _check_times(opened_at, None, now)
    _check_belongs(application, environment, caused_by)
    _check_cause(caused_by, opened_at)
    incident = Incident.objects.create(
        application=application,
        environment=environment,
        source=MANUAL,
        external_id=uuid4().hex,
        title=title,
        severity=severity,
        opened_at=opened_at,
        url=url,
        caused_by_change=caused_by_change or caused_by is not None,
    )
    if caused_by is not None:
        _link(incident, caused_by, actor=actor, now=now)
        settle([caused_by.pk])
    else:
        _let_rules_decide(incident, now=now)
    mark(application.pk, [opened_at])
    audit.record(
        AuditEvent.INCIDENT_OPENED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={
            "incident": incident.pk,
            "severity": severity,
            "opened_at": opened_at.isoformat(),
        },
        texts={"title": title},
    )
    return incident


@transaction.atomic
def change_incident(
    *,
    incident: Incident,
    title: str,
    severity: int,
    opened_at: datetime,
    environment: Environment | None,
    actor: Actor,
    now: datetime,
) -> Incident:
    """Correct what is known of an incident and return it; unchanged, it is left alone.

    Raises:
        NotAllowedError: the person may not change the application.
        IncidentError: it began in the future, after it was resolved, or before the deployment
            that somebody blamed finished.
    """
    incident = _locked(incident, actor)
    _check_times(opened_at, incident.resolved_at, now)
    _check_belongs(incident.application, environment, None)
    for link in incident.failure_links.filter(is_current=True, rule=LinkRule.PERSON):
        _check_cause(link.deployment, opened_at)
    values = {
        "title": title,
        "severity": severity,
        "opened_at": opened_at,
        "environment": environment,
    }
    before = {name: getattr(incident, name) for name in values}
    changed = [name for name in values if before[name] != values[name]]
    if not changed:
        return incident
    for name in changed:
        setattr(incident, name, values[name])
    incident.save(update_fields=changed)
    _keep_word(incident, ["environment_id" if name == "environment" else name for name in changed])
    _let_rules_decide(incident, now=now)
    _settle_blamed(incident)
    mark(incident.application_id, {before["opened_at"], opened_at})
    # The title is free text, so it is told apart from the other changes.
    told = [f"{name}: {before[name]} → {values[name]}" for name in changed if name != "title"]
    audit.record(
        AuditEvent.INCIDENT_CHANGED,
        actor=actor.label,
        subject=incident.application.label,
        now=now,
        data={"incident": incident.pk, "changes": "; ".join(told) or "title"},
        texts={"title": title} if "title" in changed else {},
    )
    return incident


@transaction.atomic
def resolve_incident(
    *, incident: Incident, resolved_at: datetime, actor: Actor, now: datetime
) -> Incident:
    """Record that an incident is over and return it.

    Raises:
        NotAllowedError: the person may not change the application.
        IncidentError: it is resolved already, in the future, or before it began.
    """
    incident = _locked(incident, actor)
    if incident.resolved_at is not None:
        raise IncidentError("This incident is resolved already. Reopen it to say another time.")
    _check_times(incident.opened_at, resolved_at, now)
    _set_resolved(incident, resolved_at, now=now)
    audit.record(
        AuditEvent.INCIDENT_RESOLVED,
        actor=actor.label,
        subject=incident.application.label,
        now=now,
        data={"incident": incident.pk, "resolved_at": resolved_at.isoformat()},
    )
    return incident


@transaction.atomic
def reopen_incident(*, incident: Incident, actor: Actor, now: datetime) -> Incident:
    """Take back that an incident is over and return it.

    Raises:
        NotAllowedError: the person may not change the application.
        IncidentError: it is open.
    """
    incident = _locked(incident, actor)
    if incident.resolved_at is None:
        raise IncidentError("This incident is open; there is nothing to take back.")
    before = incident.resolved_at
    _set_resolved(incident, None, now=now)
    audit.record(
        AuditEvent.INCIDENT_REOPENED,
        actor=actor.label,
        subject=incident.application.label,
        now=now,
        data={"incident": incident.pk, "resolved_at": before.isoformat()},
    )
    return incident


@transaction.atomic
def attribute_incident(
    *,
    incident: Incident,
    deployment: Deployment | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Incident:
    """Take a person's word for what caused an incident and return it; None: no deployment did.

    Raises:
        NotAllowedError: the person may not change the application.
        IncidentError: no reason is given, or the deployment is another application's or later.
    """
    incident = _locked(incident, actor)
    if not reason.strip():
        raise IncidentError("Say in a sentence why; auditors read it.")
    _check_belongs(incident.application, None, deployment)
    _check_cause(deployment, incident.opened_at)
    _settle_blamed(incident, release=True)
    incident.caused_by_change = deployment is not None
    incident.save(update_fields=["caused_by_change"])
    if deployment is not None:
        _link(incident, deployment, actor=actor, now=now)
        settle([deployment.pk])
    audit.record(
        AuditEvent.INCIDENT_ATTRIBUTED,
        actor=actor.label,
        subject=incident.application.label,
        now=now,
        data={
            "incident": incident.pk,
            "cause": str(deployment.version or deployment.pk) if deployment else "no deployment",
            "rule": LinkRule.PERSON.value,
        },
        texts={"reason": reason},
    )
    return incident


def _locked(incident: Incident, actor: Actor) -> Incident:
    """Return the incident locked and fresh, once the person is known to be allowed."""
    # First the application, as whoever records its deployments does: each sees the other's facts.
    hold([incident.application_id])
    locked = (
        Incident.objects.select_for_update(of=("self",))
        .select_related("application__owner", "environment")
        .get(pk=incident.pk)
    )
    policies.require(actor, policies.CHANGE_APPLICATION, locked.application)
    return locked


def _check_times(opened_at: datetime, resolved_at: datetime | None, now: datetime) -> None:
    if opened_at > now + TOLERANCE:
        raise IncidentError("An incident cannot begin in the future. Check the date and zone.")
    if resolved_at is not None and resolved_at > now + TOLERANCE:
        raise IncidentError("An incident cannot end in the future. Check the date and zone.")
    if resolved_at is not None and resolved_at < opened_at:
        raise IncidentError("An incident cannot end before it began. Correct one of the times.")


def _check_belongs(
    application: Application, environment: Environment | None, deployment: Deployment | None
) -> None:
    for thing in (environment, deployment):
        if thing is not None and thing.application_id != application.pk:
            raise IncidentError(f"Choose one of {application}; this belongs to another.")


def _check_cause(deployment: Deployment | None, opened_at: datetime) -> None:
    if deployment is not None and (
        deployment.finished_at is None or deployment.finished_at > opened_at
    ):
        raise IncidentError(
            "That deployment finished after the incident began. Choose an earlier one, or correct "
            "when the incident began."
        )


def _link(incident: Incident, deployment: Deployment, *, actor: Actor, now: datetime) -> None:
    FailureLink.objects.create(
        incident=incident,
        deployment=deployment,
        rule=LinkRule.PERSON,
        confidence=CONFIDENCE[LinkRule.PERSON],
        decided_by=actor.label,
        decided_at=now,
    )


def _let_rules_decide(incident: Incident, *, now: datetime) -> None:
    settle(
        attribute(
            incident.application_id, since=incident.opened_at, until=incident.opened_at, now=now
        )
    )


def _set_resolved(incident: Incident, resolved_at: datetime | None, *, now: datetime) -> None:
    incident.resolved_at = resolved_at
    incident.save(update_fields=["resolved_at"])
    _keep_word(incident, ["resolved_at"])
    # A rollback counts as the remedy of an incident only while the incident lasts.
    _let_rules_decide(incident, now=now)
    _settle_blamed(incident)


def _keep_word(incident: Incident, columns: Iterable[str]) -> None:
    """Let what a person says of an incident stand, whatever events tell of it later."""
    told = ToldIncident.objects.filter(incident=incident).first()
    if told is not None:
        told.corrected = sorted({*told.corrected, *columns})
        told.save(update_fields=["corrected"])


def _settle_blamed(incident: Incident, *, release: bool = False) -> None:
    """Settle the deployment that the incident is blamed on; with `release`, after taking it off."""
    links = FailureLink.objects.filter(incident=incident, is_current=True)
    blamed = list(links.values_list("deployment_id", flat=True))
    if release:
        links.update(is_current=False)
    settle(blamed)
