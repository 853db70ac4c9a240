"""The cache: Redis, and the memory of this process while Redis is away."""

import time
from typing import Any

import redis
import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted

logger = structlog.get_logger(__name__)

RETRY_SECONDS = 5


class ImpatientPool(redis.ConnectionPool):
    """Asks a Redis that did not answer in time again only after a while.

    One that is gone refuses at once and may be asked each time. One that hangs costs each
    question its time-out, and a request may ask often.
    """

    away_until = 0.0  # monotonic time

    def get_connection(self, *args: Any, **kwargs: Any) -> redis.Connection:
        """Return a connection that is ready.

        Raises:
            redis.TimeoutError: Redis does not answer or did not a moment ago.
            redis.ConnectionError: there is no Redis.
        """
        if time.monotonic() < self.away_until:
            raise redis.TimeoutError("Redis did not answer a moment ago")
        try:
            return super().get_connection(*args, **kwargs)
        except redis.TimeoutError:
            self.away_until = time.monotonic() + RETRY_SECONDS
            raise


class FallbackCache(RedisCache):  # type: ignore[misc]
    """Redis with a stand-in, so that nobody waits for it or is locked out by its absence.

    Throttles of sign-in take a lock with `add` and count with `get` and `set`: a cache that only
    swallows errors never gives them the lock, and everybody is refused. Here each process counts
    on by itself instead.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._local = LocMemCache("fallback", {})

    def add(
        self, key: str, value: object, timeout: float | None = DEFAULT_TIMEOUT, **options: Any
    ) -> bool:
        """Set the value unless the key has one; return whether it was set."""
        return bool(self._either("add", key, value, timeout=timeout, **options))

    def get(self, key: str, default: Any = None, **options: Any) -> Any:
        """Return the value, or the default."""
        return self._either("get", key, default, **options)

    def set(
        self, key: str, value: object, timeout: float | None = DEFAULT_TIMEOUT, **options: Any
    ) -> None:
        """Set the value."""
        self._either("set", key, value, timeout=timeout, **options)

    def incr(self, key: str, delta: int = 1, **options: Any) -> int:
        """Add to a number that is there and return the sum; raise `ValueError` without one."""
        return int(self._either("incr", key, delta, **options))

    def delete(self, key: str, **options: Any) -> bool:
        """Remove the value; return whether there was one."""
        return bool(self._either("delete", key, **options))

    def _either(self, operation: str, *args: object, **kwargs: Any) -> Any:
        try:
            return getattr(self.client, operation)(*args, **kwargs)
        except ConnectionInterrupted as error:
            logger.warning("cache_away", error=str(error.__cause__))
            return getattr(self._local, operation)(*args, **kwargs)
