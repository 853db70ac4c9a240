"""How much one principal may ask: so many requests in each minute of the clock."""

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from portal.api.api.authentication import principal

WINDOW_SECONDS = 60


class PrincipalThrottle(BaseThrottle):
    """Counts per token, and per person for sessions; refusals carry `Retry-After`."""

    remaining = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        found = principal(request)
        if found is None:
            return True  # the permission has refused it already
        now = timezone.now().timestamp()
        window = int(now // WINDOW_SECONDS)
        self.remaining = (window + 1) * WINDOW_SECONDS - now
        who = f"token:{found.token_id}" if found.token_id else found.sender
        return counted(f"api:{who}:{window}") <= settings.API_REQUESTS_PER_MINUTE

    def wait(self) -> float:
        return self.remaining


def counted(key: str) -> int:
    """Count one more and return how many there are."""
    cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
    try:
        return int(cache.incr(key))
    except ValueError:  # Redis came back or went away in between
        return 1
