"""Which hosts the portal may send to: those that operations listed, and no others.

`NOTIFICATION_ALLOWED_HOSTS` has names such as `ntfy.example.com` and patterns such as
`*.webhook.office.com`. A host that is listed by its own name may be inside the company's network.
One that only a pattern covers may not: whoever controls a name below it could point it at the
portal's neighbours, so every address it resolves to must be public.
"""

import socket
from collections.abc import Iterable, Sequence
from ipaddress import ip_address

from django.conf import settings

WILDCARD = "*."


class HostNotAllowedError(ValueError):
    """The portal must not send to that host; the message says why and how to mend it."""


def is_named(host: str) -> bool:
    """Return whether a host is listed by its own name, and so may be within the company."""
    return host.lower() in _listed()


def require_listed(host: str) -> None:
    """Do nothing when a host is listed, by name or by a pattern.

    Raises:
        HostNotAllowedError: otherwise.
    """
    if not is_named(host) and not _is_covered(host):
        known = ", ".join(settings.NOTIFICATION_ALLOWED_HOSTS) or "none"
        raise HostNotAllowedError(
            f"The portal may not send to {host}. It may to: {known}. Operations can add it to"
            " NOTIFICATION_ALLOWED_HOSTS."
        )


def require_safe(host: str, port: int) -> None:
    """Do nothing when the portal may connect to a host now; asks the resolver if need be.

    Raises:
        HostNotAllowedError: when it is not listed, or leads into a private network unlisted.
        OSError: when the name does not resolve.
    """
    require_listed(host)
    if is_named(host):
        return
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    require_public(host, {str(one[4][0]) for one in found})


def require_public(host: str, addresses: Iterable[str]) -> None:
    """Do nothing when a name leads to public addresses alone.

    Raises:
        HostNotAllowedError: otherwise.
    """
    for address in addresses:
        if not ip_address(address.partition("%")[0]).is_global:
            raise HostNotAllowedError(
                f"{host} leads to {address}, which is not a public address. If that is meant,"
                " operations can list the host by its own name."
            )


def _listed() -> Sequence[str]:
    return [one.strip().lower().strip("[]") for one in settings.NOTIFICATION_ALLOWED_HOSTS]


def _is_covered(host: str) -> bool:
    """Return whether a pattern covers a name; bare addresses are covered by none."""
    try:
        ip_address(host)
    except ValueError:
        endings = [one[1:] for one in _listed() if one.startswith(WILDCARD)]
        return any(host.lower().endswith(ending) for ending in endings)
    return False
