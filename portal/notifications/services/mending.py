"""The auditor: it looks for notices that nothing would ever happen to, and mends them."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef

from portal.notifications.models import LIVE, Delivery, Notice, NoticeOutcome
from portal.notifications.services.delivering import pass_on

logger = structlog.get_logger(__name__)

# A notice this young may be in the hands of whoever writes it.
SETTLED_AFTER = timedelta(minutes=1)
MOST = 500


@transaction.atomic
def mend_notices(*, now: datetime) -> int:
    """Give each open notice without a row to come its next way or its end; return how many."""
    live = Delivery.objects.filter(notice=OuterRef("pk"), state__in=LIVE)
    stuck = (
        Notice.objects.select_for_update(skip_locked=True)
        .filter(~Exists(live), outcome=NoticeOutcome.OPEN, created_at__lt=now - SETTLED_AFTER)
        .order_by("created_at")[:MOST]
    )
    found = list(stuck)
    for notice in found:
        pass_on(notice, now=now)
    if found:
        logger.warning("notices_mended", notices=len(found))
    return len(found)
