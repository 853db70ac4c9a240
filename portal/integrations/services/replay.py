"""Replay: events that could not be processed wait again, once what was the matter is mended."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError, is_operations
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue import policies
from portal.catalogue.models import Application
from portal.core import jobs
from portal.integrations.models import EventState, ReceivedEvent

PROCESS = "portal.integrations.tasks.process_events"


@transaction.atomic
def replay_events(*, ids: Collection[int], actor: User | str, now: datetime) -> int:
    """Let failed events wait for a worker again, and return how many those are.

    `ids` are primary keys; events that did not fail are left alone. A command has a label in
    place of a person, and may replay all.

    Raises:
        NotAllowedError: when the person may not change one of the applications, or when one of
            the events is of none that is known and the person is not of operations.
    """
    failed = list(
        ReceivedEvent.objects.select_for_update()
        .filter(pk__in=ids, state=EventState.FAILED)
        .order_by("pk")
        .values_list("pk", "application_id")
    )
    if not failed:
        return 0
    applications = {application for _, application in failed}
    known = Application.objects.select_related("owner").in_bulk(applications - {None})
    if isinstance(actor, User):
        _require(actor, known.values(), is_clear=None not in applications)
    ReceivedEvent.objects.filter(pk__in=[pk for pk, _ in failed]).update(
        state=EventState.ACCEPTED, reason="", processed_at=None
    )
    alone = next(iter(known.values())) if len(applications) == len(known) == 1 else None
    audit.record(
        AuditEvent.EVENTS_REPLAYED,
        actor=actor.label if isinstance(actor, User) else actor,
        subject=alone.label if alone else "integrations:events",
        now=now,
        data={"events": len(failed)},
    )
    jobs.enqueue(PROCESS)
    return len(failed)


def _require(actor: User, applications: Collection[Application], *, is_clear: bool) -> None:
    for application in applications:
        policies.require(actor, policies.CHANGE_APPLICATION, application)
    if not is_clear and not is_operations(actor):
        raise NotAllowedError(
            "It is not clear which application these events are of, so only operations may replay"
            " them. Ask them, or mend and send the events again."
        )
