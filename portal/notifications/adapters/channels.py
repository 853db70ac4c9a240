"""The kinds of contact ways: what an address of each looks like, and its Apprise URL.

A kind checks what a person types and says what is wrong with it. Its Apprise URL is put together
here from the checked parts, so nothing in an address can switch an option of Apprise on.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from portal.notifications.adapters.hosts import (
    HostNotAllowedError,
    is_named,
    require_listed,
    require_safe,
)
from portal.notifications.models import WayKind

PORTS = {"http": 80, "https": 443}
# What no address of somebody else may change: certificates are checked, nothing is followed.
OPTIONS = {"redirect": "no", "verify": "yes", "image": "no", "rto": "10", "cto": "5"}
LONGEST_SMS = 160
LONGEST_ADDRESS = 1000


class Channel(ABC):
    """One kind of way. `is_short` is of those that take a line and no more."""

    kind: ClassVar[WayKind]
    field_label: ClassVar[str]
    help_text: ClassVar[str]
    placeholder: ClassVar[str] = ""
    autocomplete: ClassVar[str] = "off"
    input_mode: ClassVar[str] = "url"
    is_short: ClassVar[bool] = False

    @abstractmethod
    def clean(self, address: str) -> str:
        """Return an address as it is kept.

        Raises:
            ValidationError: when it is none of this kind, or of a host that is not allowed.
        """

    def server(self, address: str) -> str:
        """Return what stands for the server: when it is away, it is for all who use it."""
        return urlsplit(address).netloc

    def require_safe(self, address: str) -> None:
        """Do nothing when the portal may connect to where the address leads.

        Raises:
            HostNotAllowedError: otherwise.
            OSError: when the name does not resolve.
        """
        parts = urlsplit(address)
        require_safe(parts.hostname or "", parts.port or PORTS[parts.scheme])

    @property
    def is_set_up(self) -> bool:
        """Whether the portal has what it needs to send by it."""
        return True


class AppriseChannel(Channel):
    """A kind that Apprise sends by."""

    @abstractmethod
    def apprise_url(self, address: str, *, key: str) -> str:
        """Return the Apprise URL of a checked address; `key` is the same when it is sent again."""


class Mail(Channel):
    """Mail by the portal's own mail server, whose settings are Django's."""

    kind = WayKind.MAIL
    field_label = "E-mail address"
    help_text = "Read by you alone: not a list, not a shared mailbox."
    placeholder = "you@example.com"
    autocomplete = "email"
    input_mode = "email"

    def clean(self, address: str) -> str:
        validate_email(address)
        return address

    def server(self, address: str) -> str:  # noqa: ARG002
        return "mail"

    def require_safe(self, address: str) -> None:
        """Do nothing: the mail server is the portal's own."""


class Sms(AppriseChannel):
    """A phone number, reached by the gateway of the company."""

    kind = WayKind.SMS
    field_label = "Phone number"
    help_text = "With the country, such as +44 7700 900123."
    placeholder = "+44 7700 900123"
    autocomplete = "tel"
    input_mode = "tel"
    is_short = True

    NUMBER = re.compile(r"\+[1-9]\d{7,14}")

    def clean(self, address: str) -> str:
        number = re.sub(r"[ ().-]|\N{NO-BREAK SPACE}", "", address)
        if not self.NUMBER.fullmatch(number):
            raise ValidationError(
                "This is no phone number with its country. Write it as +44 7700 900123.",
                code="number",
            )
        return number

    def apprise_url(self, address: str, *, key: str) -> str:  # noqa: ARG002
        return str(settings.NOTIFICATION_SMS_GATEWAY).replace("{to}", quote(address, safe="+"))

    def server(self, address: str) -> str:  # noqa: ARG002
        return "sms"

    def require_safe(self, address: str) -> None:
        """Do nothing: operations chose the gateway."""

    @property
    def is_set_up(self) -> bool:
        return "{to}" in settings.NOTIFICATION_SMS_GATEWAY


class WebAddress(AppriseChannel):
    """An address that begins with https://, or http:// where operations listed the host."""

    field_label = "Address"

    def clean(self, address: str) -> str:
        parts = _parts(address)
        host = parts.hostname or ""
        try:
            require_listed(host)
        except HostNotAllowedError as error:
            raise ValidationError(str(error), code="host") from error
        if parts.scheme == "http" and not is_named(host):
            raise ValidationError(
                "Without encryption others could read what you are told. Use https://.",
                code="scheme",
            )
        self.check_path(parts)
        return address

    def check_path(self, parts: SplitResult) -> None:
        """Do nothing when the rest of an address is as this kind has it.

        Raises:
            ValidationError: otherwise.
        """


class Webhook(WebAddress):
    """Whatever takes JSON by POST."""

    kind = WayKind.WEBHOOK
    help_text = (
        "Gets JSON by POST: title, message, type. The header Idempotency-Key is the same when"
        " something has to be sent again."
    )
    placeholder = "https://example.com/hook"

    def apprise_url(self, address: str, *, key: str) -> str:
        parts = urlsplit(address)
        scheme = {"https": "jsons", "http": "json"}[parts.scheme]
        query = [(f"-{name}", value) for name, value in parse_qsl(parts.query)]
        query += [("+Idempotency-Key", key), *OPTIONS.items()]
        return f"{scheme}://{parts.netloc}{quote(parts.path, safe='/%')}?{urlencode(query)}"


class Ntfy(WebAddress):
    """A topic of an ntfy server."""

    kind = WayKind.NTFY
    field_label = "Topic"
    help_text = "The address of your topic. Whoever knows it can read along: take a long one."
    placeholder = "https://ntfy.sh/your-secret-topic"

    def apprise_url(self, address: str, *, key: str) -> str:  # noqa: ARG002
        parts = urlsplit(address)
        scheme = {"https": "ntfys", "http": "ntfy"}[parts.scheme]
        return f"{scheme}://{parts.netloc}{parts.path}?{urlencode(OPTIONS)}"

    def check_path(self, parts: SplitResult) -> None:
        if not re.fullmatch(r"/[A-Za-z0-9_-]{1,64}", parts.path) or parts.query:
            raise ValidationError(
                "An address of a topic ends in its name alone, such as https://ntfy.sh/my-topic.",
                code="topic",
            )


class Slack(WebAddress):
    """An incoming webhook of Slack."""

    kind = WayKind.SLACK
    field_label = "Address of the incoming webhook"
    help_text = "Slack makes it under Apps, Incoming Webhooks."
    placeholder = "https://hooks.slack.com/services/T…/B…/…"

    def check_path(self, parts: SplitResult) -> None:
        if parts.hostname != "hooks.slack.com" or not re.fullmatch(
            r"/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]+", parts.path
        ):
            raise ValidationError(
                "An incoming webhook of Slack begins with https://hooks.slack.com/services/T.",
                code="slack",
            )

    def apprise_url(self, address: str, *, key: str) -> str:  # noqa: ARG002
        tokens = urlsplit(address).path.removeprefix("/services/")
        return f"slack://{tokens}?{urlencode(OPTIONS)}"


class Teams(WebAddress):
    """A workflow of Microsoft Teams that posts what a webhook gets."""

    kind = WayKind.TEAMS
    field_label = "Address of the workflow"
    help_text = "Teams makes it with the workflow “Post to a chat when a webhook is received”."
    placeholder = "https://….logic.azure.com/workflows/…"

    WORKFLOW = re.compile(r"/(?:powerautomate/automations/direct/)?workflows/([A-Za-z0-9-]+)/.*")

    def check_path(self, parts: SplitResult) -> None:
        if not self.WORKFLOW.fullmatch(parts.path) or not dict(parse_qsl(parts.query)).get("sig"):
            raise ValidationError(
                "The address of a workflow has /workflows/ in it and ends in a signature: sig=…",
                code="teams",
            )

    def apprise_url(self, address: str, *, key: str) -> str:  # noqa: ARG002
        parts = urlsplit(address)
        found = self.WORKFLOW.fullmatch(parts.path)
        workflow = found[1] if found else ""
        signature = dict(parse_qsl(parts.query)).get("sig", "")
        automate = "yes" if "/powerautomate/" in parts.path else "no"
        query = urlencode({"pa": automate, **OPTIONS})
        return f"workflow://{parts.netloc}/{workflow}/{quote(signature, safe='')}?{query}"


CHANNELS: Mapping[WayKind, Channel] = MappingProxyType(
    {channel.kind: channel for channel in (Mail(), Sms(), Slack(), Teams(), Ntfy(), Webhook())}
)


def offered() -> list[Channel]:
    """Return the kinds that people may choose here: listed in the settings, and set up."""
    return [
        channel
        for kind, channel in CHANNELS.items()
        if kind.value in settings.NOTIFICATION_KINDS and channel.is_set_up
    ]


def _parts(address: str) -> SplitResult:
    """Return the parts of a web address.

    Raises:
        ValidationError: when it is none.
    """
    try:
        parts = urlsplit(address)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_fits = urlsplit(""), False
    if (
        parts.scheme not in PORTS
        or not parts.hostname
        or not port_fits
        or not address.isascii()
        or not address.isprintable()
        or " " in address
        or "\\" in address
    ):
        raise ValidationError(
            "This is no web address. It begins with https:// and a host.", code="address"
        )
    if parts.username is not None or parts.password is not None:
        raise ValidationError(
            "Leave out the name and password before the @; put a key into the path or the query.",
            code="userinfo",
        )
    return parts
