"""Sending of one message to one address, and what came of it in words."""

import contextlib
import logging
import re
import smtplib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import make_msgid
from types import MappingProxyType, TracebackType
from typing import Self
from uuid import UUID

from apprise import Apprise, AppriseAsset
from apprise.common import PersistentStoreMode
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from portal.notifications.adapters.channels import CHANNELS, AppriseChannel, Channel
from portal.notifications.adapters.hosts import HostNotAllowedError
from portal.notifications.models import WayKind

LONGEST_REASON = 300
SERVER_ERRORS, CLIENT_ERRORS = range(500, 600), range(400, 500)
# Answers to a client that are no fault of the address: time-out, too early, too many.
PASSING = {408, 425, 429}
# SMTP: how the portal presents itself is refused, not the address.
OURS = {530, 534, 535, 538}
# What of the mail server is the matter, when it is not a single mail.
AWAY: Mapping[type[Exception], str] = MappingProxyType(
    {
        TimeoutError: "The mail server did not answer in time.",
        ConnectionRefusedError: "There is no mail server at work.",
    }
)
ASSET = AppriseAsset(
    app_id="Quarterdeck",
    app_desc="Quarterdeck",
    http_redirects=False,
    async_mode=False,
    storage_mode=PersistentStoreMode.MEMORY,
)


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to one address. The same message has the same id whenever it is sent."""

    id: UUID
    kind: WayKind
    address: str
    subject: str
    body: str
    short: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of sending; `error` is empty when it was taken.

    With `is_final` the address itself is the matter, so trying it again helps nobody.
    """

    error: str = ""
    is_final: bool = False
    is_server_away: bool = False

    @property
    def is_sent(self) -> bool:
        """Whether a server took it."""
        return not self.error


SENT = Outcome()


@dataclass(slots=True)
class Senders:
    """Sends messages of one turn, with one connection to the mail server.

    A server that did not answer is not asked again in the same turn: whoever else uses it waits
    for the next attempt in place of the time-out.
    """

    _mail: BaseEmailBackend | None = None
    _away: dict[str, Outcome] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._hang_up()

    def send(self, message: Message) -> Outcome:
        """Send a message and return what came of it; nothing is raised for what others do."""
        channel = CHANNELS[message.kind]
        server = channel.server(message.address)
        if server in self._away:
            return self._away[server]
        outcome = self._sent_by(channel, message)
        if outcome.is_server_away:
            self._away[server] = outcome
        return outcome

    def _sent_by(self, channel: Channel, message: Message) -> Outcome:
        try:
            channel.require_safe(message.address)
        except HostNotAllowedError as error:
            return _refused(str(error))
        except OSError:
            return Outcome("The name of the server does not resolve.", is_server_away=True)
        if isinstance(channel, AppriseChannel):
            return _by_apprise(channel, message)
        return self._by_mail(message)

    def _by_mail(self, message: Message) -> Outcome:
        mail = EmailMessage(
            message.subject,
            message.body,
            to=[message.address],
            headers={
                # The same however often it is sent, so that a mailbox can tell a copy.
                "Message-ID": f"<{message.id}@{_sender_domain()}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        try:
            if self._mail is None:
                self._mail = get_connection()
                self._mail.open()
            self._mail.send_messages([mail])
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            return _mail_outcome(error)
        except ValueError as error:  # such as a line break where there must be none
            return _refused(f"The mail cannot be written: {error}")
        return SENT

    def _hang_up(self) -> None:
        if self._mail is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._mail.close()
            self._mail = None


def _sender_domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" <>") or make_msgid()


def _mail_outcome(error: Exception) -> Outcome:
    """Return in words why a mail was not taken."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return _answered(code, said)
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        if error.smtp_code in OURS:
            return Outcome(
                f"The mail server does not let the portal in ({error.smtp_code})."
                " Operations can check EMAIL_URL.",
                is_server_away=True,
            )
        return _answered(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        if "timed out" in str(error):
            error = TimeoutError()
        else:
            return Outcome("The mail server broke off.")
    for kind, words in AWAY.items():
        if isinstance(error, kind):
            return Outcome(words, is_server_away=True)
    return Outcome(f"The mail server cannot be reached ({_shortly(error)}).", is_server_away=True)


def _answered(code: int, said: bytes | str) -> Outcome:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    words = f"{code} {' '.join(text.split())}"[:200]
    if code in SERVER_ERRORS:
        return _refused(f"The mail server refused it: {words}")
    return Outcome(f"The mail server asks to come back later: {words}")


def _by_apprise(channel: AppriseChannel, message: Message) -> Outcome:
    plugin = Apprise.instantiate(
        channel.apprise_url(message.address, key=str(message.id)), asset=ASSET
    )
    if plugin is None:
        return _refused("The address cannot be used. Remove it, and add it anew.")
    title, body = ("", message.short) if channel.is_short else (message.subject, message.body)
    with _Complaints() as said:
        taken = plugin.notify(title=title, body=body)
    if taken:
        return SENT
    return _complaint(said.text)


class _Complaints(logging.Handler):
    """What Apprise logs in this thread: it tells why it failed in no other way."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""
        self._thread = threading.get_ident()
        self._logger = logging.getLogger("apprise")

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what is said."""
        if record.thread == self._thread:
            self.text += f"{record.getMessage()}\n"

    def __enter__(self) -> Self:
        # Nothing of it goes to the log of the portal: addresses are secrets.
        self._former = (self._logger.level, self._logger.propagate)
        self._logger.setLevel(logging.DEBUG)
        self._logger.propagate = False
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_error: object) -> None:
        self._logger.removeHandler(self)
        level, self._logger.propagate = self._former
        self._logger.setLevel(level)


def _complaint(text: str) -> Outcome:
    """Return in words why Apprise failed, from what it said."""
    if found := re.search(r"error=(\d{3})", text):
        code = int(found[1])
        if code in CLIENT_ERRORS and code not in PASSING:
            return _refused(f"The server refused it: HTTP {code}.")
        if code in range(300, 400):
            return _refused(f"The server sends elsewhere (HTTP {code}), which is not followed.")
        return Outcome(f"The server asks to come back later: HTTP {code}.")
    if re.search(r"timed? ?out", text, re.IGNORECASE):
        return Outcome("The server did not answer in time.", is_server_away=True)
    if "certificate" in text.lower():
        return Outcome("The certificate of the server cannot be trusted.", is_server_away=True)
    return Outcome("The server cannot be reached.", is_server_away=True)


def _refused(reason: str) -> Outcome:
    return Outcome(reason[:LONGEST_REASON], is_final=True)


def _shortly(error: Exception) -> str:
    return (getattr(error, "strerror", None) or type(error).__name__)[:100]
