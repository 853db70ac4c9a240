"""The transport of task messages over Redis, mended where a lost Redis would end the worker."""

from typing import Any

import redis
from kombu.transport import redis as kombu_redis


class Channel(kombu_redis.Channel):
    """A channel that says so when its connection is closed.

    When Redis goes while a worker listens, Celery closes the channel twice: the first time fails
    half-way, the second finds the address of the server forgotten and trips over it. Celery takes
    the error of a lost connection for what it is and connects again; any other ends the worker.
    """

    def _connparams(self, **options: Any) -> dict[str, Any]:
        if self.connection.client is None:
            raise redis.ConnectionError("The connection to Redis is closed.")
        params: dict[str, Any] = super()._connparams(**options)  # type: ignore[misc]
        return params


class Transport(kombu_redis.Transport):
    """Redis, with the channel above."""

    Channel = Channel
