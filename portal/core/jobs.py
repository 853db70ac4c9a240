"""Enqueueing of background work: by name, after commit, and never fatal when Redis is away."""

from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from django_redis import get_redis_connection
from kombu.exceptions import OperationalError
from redis import RedisError

logger = structlog.get_logger(__name__)

_UNDER_WAY = "quarterdeck:under-way:"
# After so long a message that `nudge` sent is taken for lost, and another may be sent.
LOST_AFTER_SECONDS = 5


class UnknownTaskError(LookupError):
    """No task is registered under that name."""


def enqueue(name: str, **kwargs: object) -> None:
    """Send the task once the current transaction has committed.

    The message is a nudge: what must be done is recorded in PostgreSQL and found there by the
    beat schedule too, so a broker that is away delays work but loses none.

    Raises:
        UnknownTaskError: at once, when no task has that name.
    """
    if name not in current_app.tasks:
        raise UnknownTaskError(name)
    transaction.on_commit(partial(_send, name, kwargs))


def nudge(name: str) -> None:
    """Send the task once the current transaction has committed, unless a message is under way.

    For tasks that look for all their work and that many requests ask for: a thousand requests
    send one message. The task calls `woken` before it looks, so whatever was committed before a
    message was left out is seen.

    Raises:
        UnknownTaskError: at once, when no task has that name.
    """
    if name not in current_app.tasks:
        raise UnknownTaskError(name)
    transaction.on_commit(partial(_send_once, name))


def woken(name: str) -> None:
    """Let the next `nudge` send a message again: the task is about to look for its work."""
    try:
        get_redis_connection("default").delete(_UNDER_WAY + name)
    except (RedisError, OSError) as error:
        logger.warning("broker_away", task=name, error=str(error))


def _send_once(name: str) -> None:
    try:
        is_first = get_redis_connection("default").set(
            _UNDER_WAY + name, 1, nx=True, ex=LOST_AFTER_SECONDS
        )
    except (RedisError, OSError) as error:
        logger.warning("broker_away", task=name, error=str(error))
        return
    if is_first:
        _send(name, {})


def _send(name: str, kwargs: dict[str, object]) -> None:
    try:
        # The cache's connection gives up quickly; the one that carries messages would not.
        get_redis_connection("default").ping()
        current_app.tasks[name].apply_async(kwargs=kwargs)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("broker_away", task=name, error=str(error))
