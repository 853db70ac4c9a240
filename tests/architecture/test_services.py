"""Nothing is silent: each service function that changes something writes exactly one audit event.

Every public function of every `services` module that takes `now` has a row in a module of
`tests/architecture/calls/`: its name and a call of it on the shared world. A new function without
a row fails here.
"""

import importlib
import inspect
import pkgutil

import pytest

import kpis
import oncall
import portal
from portal.audit.models import Entry
from tests.architecture import calls

# What takes `now` and tells nothing, each with its reason.
SILENT = {
    "portal.api.services.answers.forget_answers": "It tidies up copies of what was told.",
    "portal.api.services.answers.keep_answer": "A step of a change that is told of by itself.",
    "portal.api.services.answers.recall_answer": "It reads.",
    "portal.api.services.authentication.authenticate": "That a token was used is no change.",
    "portal.audit.services.checking.check_log": "It reads; of an alarm test_checking tells.",
    "portal.audit.services.recording.record": "It is what writes the event.",
    "portal.audit.services.recording.record_many": "It is what writes the events.",
    "portal.audit.services.sequencing.raise_alarm": "Needs a log: test_sequencing proves it.",
    "portal.audit.services.sequencing.sequence": "It gives what was told its place in the log.",
    "kpis.services.attribution.attribute": "A step of the services that tell of the change.",
    "portal.catalogue.services.periods.hand_over": "A step of the services that tell of it.",
    "portal.descriptors.services.applying.apply_draft": (
        "One event for the whole and one for each thing: test_applying proves it."
    ),
    "portal.descriptors.services.applying.applications.write_applications": (
        "A step of apply_draft, which tells of it."
    ),
    "portal.home.services.demo.load.seed_demo": "Needs an empty portal: test_seed_demo proves it.",
    "portal.integrations.services.door.receive": "What came in is its own record, never changed.",
    "portal.integrations.services.door.keep_refusals": "It keeps what changed nothing.",
    "portal.integrations.services.door.forget_refusals": "It removes what changed nothing.",
    "portal.integrations.services.pipelines.recall": "It changes nothing that is stored.",
    "portal.integrations.services.pipelines.remember": "It changes nothing that is stored.",
    "kpis.services.attribution.link_remedies": "A step of the services that tell of the change.",
    "oncall.services.feeds.open_feed": "That a feed was read is no change.",
    "portal.home.services.demo.nights.write_nights": "A part of the demo company.",
    "portal.home.services.demo.oncall.write_oncall": "A part of the demo company.",
    "portal.home.services.demo.notices.write_notices": "A part of the demo company.",
    "portal.home.services.demo.scorecards.write_scorecards": "A part of the demo company.",
    "portal.notifications.services.inbox.mark_all_read": "Who read what is nobody else's business.",
    "portal.notifications.services.inbox.mark_read": "Who read what is nobody else's business.",
    "portal.notifications.services.delivering.pass_on": "The log of deliveries tells of it.",
    "portal.notifications.services.log.forget_old": "It removes what was read long ago.",
    "portal.notifications.services.ways.send_test": "A test changes nothing; its answer does.",
    "portal.notifications.services.mending.mend_notices": "The log of deliveries tells of it.",
    "portal.notifications.services.notices.notify": "A step of the change that it tells of.",
    "portal.scorecards.services.definitions.load_shipped": "Each file is told when it is taken in.",
    "portal.scorecards.services.evaluation.evaluate_all": "It judges facts that were told.",
    "portal.scorecards.services.evaluation.evaluate_changed": "It judges facts that were told.",
    "kpis.services.firsts.note_first_deployments": "A step of the services that record them.",
    "kpis.services.attribution.attribute_all": "A step of the services that tell of the change.",
    "kpis.services.follow.let_follow": "A step of the services that tell of the change.",
    "portal.integrations.services.processing.process_some": "The facts it records are told.",
    "oncall.services.handover.notice_shifts": "It tells people; nothing of a rota changes.",
    "oncall.services.handover.send_digests": "It tells people; nothing of a rota changes.",
    "oncall.services.months.count_months": "It counts what follows from records.",
    "oncall.services.claim_steps.enter": "A step of the services that tell of the move.",
    "oncall.services.claim_steps.tell": "A step of the change that it tells of.",
    "oncall.services.claim_steps.void_words": "A step of the services that tell of the move.",
    "oncall.services.readiness.check_application": "What it finds, check_claims tells.",
    "oncall.services.readiness.recheck": "It judges what was told.",
    "oncall.services.changes.tell_changed": "A step of the services that tell of the change.",
    "oncall.services.rotas.check_definition": "It says what would be wrong; nothing changes.",
    "oncall.services.changes.tell_leave": "A step of the services that tell of the change.",
    "oncall.services.changes.tell_overridden": "A step of the services that tell of the change.",
    "oncall.services.shifts.freeze_shifts": "What is over becomes a record; nothing changes.",
    "oncall.services.shifts.notice_changes": "It marks what follows from changes that were told.",
    "oncall.services.shifts.recompute": "It works out what follows from changes that were told.",
    "oncall.services.shifts.recompute_due": "It works out what follows from told changes.",
    "oncall.services.swap_notices.tell_answer": "A notice of a step that is told.",
    "oncall.services.swap_notices.tell_asked": "A notice of a step that is told.",
    "oncall.services.swap_notices.tell_covered": "A notice of a step that is told.",
    "oncall.services.swap_notices.tell_end": "A notice of a step that is told.",
    "oncall.services.swap_notices.tell_leads": "A notice of a step that is told.",
    "oncall.services.swap_notices.tell_word": "A notice of a step that is told.",
    "kpis.services.rollups.recompute": "It computes what follows from facts that were told.",
    "kpis.services.rollups.recompute_in_parallel": "It computes what follows from told facts.",
    "kpis.services.rollups.recompute_some": "It computes what follows from facts that were told.",
}


def modules(package):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if "services" in found.name.split("."):
            yield importlib.import_module(found.name)


def services():
    """Return the dotted names of all service functions by the modules that define them."""
    return {
        f"{function.__module__}.{name}"
        for package in (portal, kpis, oncall)
        for module in modules(package)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
        and function.__module__ == module.__name__
        and "now" in inspect.signature(function).parameters
    }


CALLS = {
    name: call
    for found in pkgutil.iter_modules(calls.__path__, f"{calls.__name__}.")
    for name, call in importlib.import_module(found.name).CALLS.items()
}


def test_every_service_function_has_a_call_and_nothing_else_has():
    assert CALLS.keys() | SILENT.keys() == services()
    assert not CALLS.keys() & SILENT.keys()


@pytest.mark.parametrize("name", sorted(services()))
def test_a_service_function_takes_its_arguments_by_name(name):
    module, _, function = name.rpartition(".")
    signature = inspect.signature(getattr(importlib.import_module(module), function))
    first, *others = signature.parameters.values()
    allowed = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    assert {one.kind for one in others} <= allowed
    assert first.kind in allowed or name in SILENT


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_service_function_writes_exactly_one_audit_event(name, world, now):
    call = CALLS[name]
    module, _, function = name.rpartition(".")
    service = getattr(importlib.import_module(module), function)
    arguments = call(world)
    before = Entry.objects.count()
    service(**arguments, now=now)
    assert Entry.objects.count() == before + 1
    assert Entry.objects.latest("id").at == now
