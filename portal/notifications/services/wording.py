"""The words of messages: a subject, a text and a short line each, from templates.

A kind of notice may have its own `templates/notifications/messages/<kind>.<part>.txt`; those it
lacks are `default.<part>.txt`. The short line is what fits one SMS.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import select_template
from django.utils.text import Truncator

from portal.accounts.models import User
from portal.notifications.adapters.channels import LONGEST_SMS
from portal.notifications.models import Notice

FOLDER = "notifications/messages"
LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Words:
    """A message in words."""

    subject: str
    body: str
    short: str


def address(path: str) -> str:
    """Return the whole address of a page of the portal."""
    return f"{settings.PORTAL_URL.rstrip('/')}{path}"


def of_notice(notice: Notice, person: User) -> Words:
    """Return one notice in words."""
    kind = notice.notice_kind
    return _words(
        notice.kind,
        person,
        url=address(notice.url),
        title=notice.title,
        text=notice.text,
        why=kind.why if kind else "",
    )


def of_many(notices: Sequence[Notice], person: User, *, is_digest: bool) -> Words:
    """Return several notices as one message that names them all."""
    lines = [{"title": one.title, "url": address(one.url)} for one in notices]
    return _words(
        "digest" if is_digest else "several",
        person,
        url=address("/inbox/"),
        title=f"{len(notices)} notices",
        lines=lines,
        count=len(notices),
    )


def of_test(person: User, *, way: str, code: str, path: str) -> Words:
    """Return the test of a contact way in words."""
    return _words("test", person, url=address(path), title=way, code=code)


def _words(name: str, person: User, *, url: str, title: str, **context: Any) -> Words:
    context |= {
        "url": url,
        "title": title,
        "person": person,
        "company": settings.COMPANY_NAME,
        "preferences_url": address("/account/notifications/"),
    }
    short = " ".join(_part(name, "short", context).split())
    if len(short) > LONGEST_SMS:
        # The words give way; the link is what helps.
        room = LONGEST_SMS - len(short) + len(title)
        context["title"] = Truncator(title).chars(max(room, 1))
        short = " ".join(_part(name, "short", context).split())[:LONGEST_SMS]
        context["title"] = title
    return Words(
        subject=" ".join(_part(name, "subject", context).split())[:LONGEST_SUBJECT],
        body=_part(name, "body", context).strip() + "\n",
        short=short,
    )


def _part(name: str, part: str, context: dict[str, Any]) -> str:
    template = select_template([f"{FOLDER}/{name}.{part}.txt", f"{FOLDER}/default.{part}.txt"])
    return str(template.render(context))
