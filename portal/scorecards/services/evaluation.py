"""Evaluation: facts of all applications in a few queries, judged, and what differs is stored.

What there is to do is found by the schedule, so nothing is lost when a message or a worker is:
all applications every ten minutes, and every few seconds those that something was told of lately.
One transaction holds the rows of the scorecards: two evaluations never mix, and one that is
killed has done nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from portal.core.clock import local_date
from portal.scorecards.adapters import storing
from portal.scorecards.adapters.sources import read_facts
from portal.scorecards.models import Scorecard
from portal.scorecards.selectors import changes
from portal.scorecards.selectors.judging import judge

# What was told within so long is looked at again; what is older, the evaluation of all finds.
LATELY = timedelta(minutes=2)


@transaction.atomic
def evaluate_all(*, now: datetime, scorecard: str = "") -> None:
    """Judge every application by every scorecard, or by one, and keep how they stand today."""
    scorecards = _evaluate(None, now, scorecard)
    today = local_date(now, settings.COMPANY_ZONE)
    for one in scorecards:
        storing.snapshot(scorecard=one.pk, levels=len(one.definition.levels), today=today)
        one.evaluated_at = now
        one.save(update_fields=["evaluated_at"])


@transaction.atomic
def evaluate_changed(*, now: datetime) -> None:
    """Judge the applications that something was told of lately."""
    if ids := changes.changed_since(now - LATELY):
        _evaluate(ids, now)


def _evaluate(ids: Collection[int] | None, now: datetime, slug: str = "") -> list[Scorecard]:
    found = Scorecard.objects.select_for_update(of=("self",)).select_related("current")
    if slug:
        found = found.filter(slug=slug)
    scorecards = list(found.order_by("pk"))
    # Read after the lock: what is stored is never older than what was stored before.
    facts = read_facts(ids, now=now)
    for scorecard in scorecards:
        outcomes = judge(scorecard.definition, facts, now=now)
        storing.store(outcomes, judged=ids, scorecard=scorecard, now=now)
    return scorecards
