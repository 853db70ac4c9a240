"""The format of tokens."""

import pytest

from portal.api.types import NotATokenError, Secret, TokenKind, make_secret, read_secret


@pytest.mark.parametrize("kind", TokenKind)
def test_a_token_is_read_back(kind):
    secret = make_secret(kind)
    assert read_secret(secret.text) == secret
    assert secret.text.startswith(f"qd_{kind}_")
    assert len(secret.text) == len(f"qd_{kind}_") + 38


def test_no_two_tokens_are_the_same():
    assert len({make_secret(TokenKind.PIPELINE).digest for _ in range(100)}) == 100


def test_every_single_typing_mistake_is_noticed():
    text = make_secret(TokenKind.PIPELINE).text
    start = len("qd_pipeline_")
    for place in range(start, len(text)):
        wrong = "x" if text[place] != "x" else "y"
        with pytest.raises(NotATokenError, match="mistyped"):
            read_secret(f"{text[:place]}{wrong}{text[place + 1 :]}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "qd_",
        "ghp_abc",
        "qd_robot_" + "a" * 38,
        "qd_personal_" + "a" * 37,
        "qd_personal_" + "é" * 38,
    ],
)
def test_what_is_no_token_is_told_what_one_looks_like(text):
    with pytest.raises(NotATokenError, match="begin with qd_personal_"):
        read_secret(text)


def test_the_plain_text_stays_out_of_logs():
    secret = make_secret(TokenKind.PERSONAL)
    assert secret.text not in f"{secret!r} {[secret]} {Secret(secret.text)}"
    assert secret.text.startswith(secret.prefix)
    assert len(secret.prefix) == len("qd_personal_") + 6
