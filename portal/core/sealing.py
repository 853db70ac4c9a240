"""Texts that are kept sealed in the database: whoever takes a copy of it cannot read them.

The keys are outside the database (`ENCRYPTION_KEYS`). The first seals; all of them open, so a new
key is put in front and the old one stays until everything is sealed anew.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealBrokenError(ValueError):
    """No key of this portal opens the text."""


def seal(text: str) -> bytes:
    """Return the text as only a holder of the keys can read it, each time another one."""
    return _box().encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """Return the text that was sealed.

    Raises:
        SealBrokenError: when none of the keys opens it.
    """
    try:
        return _box().decrypt(bytes(sealed)).decode()
    except InvalidToken as error:
        raise SealBrokenError(
            "None of ENCRYPTION_KEYS opens this. Put back the key that it was sealed with."
        ) from error


def digest(text: str) -> bytes:
    """Return what tells whether two sealed texts are the same, and nothing else about them."""
    return hmac.digest(_keys()[0], text.encode(), "sha256")


def _keys() -> list[bytes]:
    return [sha256(key.encode()).digest() for key in settings.ENCRYPTION_KEYS]


def _box() -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in _keys()])
