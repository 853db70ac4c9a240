"""The one-time code of a test: it follows from a key and the test, and is stored nowhere."""

from base64 import b32encode

from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from portal.notifications.models import ContactWay

SALT = "portal.notifications.test"
CODE_LENGTH = 8
MOST_GUESSES = 10


def new_nonce() -> str:
    """Return what tells one test of a way from another."""
    return get_random_string(32)


def code_of(way: ContactWay) -> str:
    """Return the code that answers the open test of a way: letters and digits that look unlike."""
    made = salted_hmac(SALT, f"{way.pk}:{way.test_nonce}", algorithm="sha256").digest()
    return b32encode(made).decode()[:CODE_LENGTH]


def is_answer(way: ContactWay, typed: str) -> bool:
    """Return whether somebody typed the code, however it is spaced and whatever its case."""
    code = "".join(typed.split()).replace("-", "").upper()
    return way.has_open_test and constant_time_compare(code, code_of(way))
