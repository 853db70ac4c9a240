"""What a token is, as text and as rights: scopes, its format with a checksum, who it speaks for.

A token reads `qd_<kind>_<32 random characters><6 of checksum>`, all letters and digits: scanners
of leaked secrets know it by its shape, and a token that was mistyped or cut short is told apart
from one that was never issued, without asking the database.
"""

import re
import secrets
import string
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from django.db import models

ALPHABET = string.ascii_letters + string.digits
RANDOM_LENGTH = 32  # 190 bits
CHECKSUM_LENGTH = 6
PREFIX_LENGTH = 6

READING = "read"


class Scope(models.TextChoices):
    """What a token may be used for."""

    CATALOGUE_READ = "catalogue:read", "Read teams and applications"
    CATALOGUE_WRITE = "catalogue:write", "Register and change applications"
    FACTS_READ = "facts:read", "Read deployments, changes and incidents"
    FACTS_WRITE = "facts:write", "Record and change incidents"
    KPIS_READ = "kpis:read", "Read KPIs"
    EVENTS_WRITE = "events:write", "Send events"
    NOTIFICATIONS_READ = "notifications:read", "Read your notices and contact ways"
    NOTIFICATIONS_WRITE = "notifications:write", "Mark notices and change contact ways"
    ONCALL_READ = "oncall:read", "Read who is on call, rotas and shifts"
    ONCALL_WRITE = "oncall:write", "Change rotas, shifts and leave"

    @property
    def is_reading(self) -> bool:
        """Whether nothing can be changed with it."""
        return self.value.endswith(READING)


class TokenKind(StrEnum):
    """For whom a token speaks; the word is part of the token."""

    PERSONAL = "personal"
    PIPELINE = "pipeline"


TOKEN = re.compile(
    rf"qd_(?:{'|'.join(TokenKind)})_[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}"
)


class NotATokenError(ValueError):
    """The text cannot be a token of a portal; the message says what it looks like."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A token in plain text, which exists only while it is made, shown once, and presented."""

    text: str

    def __repr__(self) -> str:
        return f"Secret({self.prefix}…)"

    @property
    def prefix(self) -> str:
        """The part that may be shown, to tell one token from another."""
        kind_and_random = self.text.rpartition("_")
        return f"{kind_and_random[0]}_{kind_and_random[2][:PREFIX_LENGTH]}"

    @property
    def digest(self) -> bytes:
        """What is stored; random 190 bits need no slow hash."""
        return sha256(self.text.encode()).digest()


def make_secret(kind: TokenKind) -> Secret:
    """Return a new token in plain text."""
    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    body = f"qd_{kind}_{random}"
    return Secret(body + _checksum(body))


def read_secret(text: str) -> Secret:
    """Return the token that somebody presents.

    Raises:
        NotATokenError: when it has another shape, or its checksum does not fit.
    """
    if not TOKEN.fullmatch(text):
        raise NotATokenError(
            "This is no token of Quarterdeck: they begin with qd_personal_ or qd_pipeline_, and "
            f"{RANDOM_LENGTH + CHECKSUM_LENGTH} letters and digits follow. Copy the whole token."
        )
    if _checksum(text[:-CHECKSUM_LENGTH]) != text[-CHECKSUM_LENGTH:]:
        raise NotATokenError(
            "The token is mistyped: its last characters do not fit the others. Copy it again."
        )
    return Secret(text)


def _checksum(body: str) -> str:
    rest, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        rest, digit = divmod(rest, len(ALPHABET))
        digits += ALPHABET[digit]
    return digits


def scopes_in_words(scopes: Iterable[str]) -> str:
    """Return scopes in the order in which they are defined."""
    return ", ".join(scope.value for scope in Scope if scope.value in set(scopes))
