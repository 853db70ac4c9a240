"""A full outbox drained by one worker, against a bare loop of the same mails in the same run.

The mail server is a process of its own on the loopback address that takes everything, so what is
left to compare is what the outbox itself costs: claims, words, results.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from email.utils import make_msgid

from django.core.mail import EmailMessage, get_connection
from django.test.utils import override_settings
from django.utils import timezone

from benchmarks.context import Context
from benchmarks.report import Result
from portal.accounts.models import User
from portal.core.sealing import digest, seal
from portal.notifications.adapters.sending import Senders
from portal.notifications.models import ContactWay, Delivery, DeliveryState, Notice, WayKind
from portal.notifications.services import delivering, notify, wording

HOST = "127.0.0.1"
NOTICES, TURNS, BARE = 10_000, 10, 200
MOST_TIMES_THE_BARE_LOOP = 2.0
TITLE = "Alice asks you to take Tuesday night"
TEXT = "Tue 3 Mar, 18:00 to Wed 4 Mar, 09:00. Say yes or no on the page of the swap."


def run(context: Context) -> Iterator[Result]:
    """Measure how quickly ten thousand notices go out."""
    with context.on(context.empty), mail_server():
        now = timezone.now()
        people = write_people(now)
        notify(
            people=people,
            kind="oncall.swap.asked",
            title=TITLE,
            text=TEXT,
            url="/oncall/",
            key="benchmark",
            now=now,
        )
        # In turns, as a machine that others use is not as quick at all times.
        bare = drained = 0.0
        for turn in range(TURNS):
            some = people[turn::TURNS][:BARE]
            bare += timed(lambda: send_bare(some))  # noqa: B023 - it is called at once
            drained += timed(drain)
        bare, drained = TURNS * BARE / bare, NOTICES / drained
        sent = Delivery.objects.filter(state=DeliveryState.SENT).count()
    yield Result(
        "a notice sent, in times of a bare mail",
        bare / drained,
        MOST_TIMES_THE_BARE_LOOP,
        "times",
        f"{drained:,.0f} a second of {bare:,.0f}; {sent:,} of {NOTICES:,} sent",
    )
    yield Result("notices not sent", NOTICES - sent, 0, "notices")


def write_people(now: datetime) -> list[User]:
    """Return people with a verified address each."""
    people = User.objects.bulk_create(
        User(email=f"p{number}@bench.example.com", name=f"Person {number}")
        for number in range(NOTICES)
    )
    ContactWay.objects.bulk_create(
        ContactWay(
            user=person,
            kind=WayKind.MAIL,
            sealed_address=seal(person.email),
            address_digest=digest(person.email),
            label="Work",
            position=0,
            created_at=now,
            verified_at=now,
            last_test_answered_at=now,
        )
        for person in people
    )
    return people


def send_bare(people: list[User]) -> None:
    """Send the same mail to each by one connection, as simply as can be."""
    words = wording.of_notice(Notice.objects.all()[0], people[0])
    connection = get_connection()
    connection.open()
    for person in people:
        headers = {"Message-ID": make_msgid(), "Auto-Submitted": "auto-generated"}
        mail = EmailMessage(words.subject, words.body, to=[person.email], headers=headers)
        connection.send_messages([mail])
    connection.close()


def drain() -> None:
    """Let one worker send what is its share of a turn."""
    with Senders() as senders:
        for _ in range(NOTICES // TURNS // delivering.BATCH):
            delivering.deliver_some(clock=timezone.now, senders=senders)


def timed(work: object) -> float:
    """Return how many seconds some work takes."""
    started = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - started


@contextmanager
def mail_server() -> Iterator[None]:
    """Let a process take every mail, and the portal send by it."""
    with closing(socket.socket()) as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "aiosmtpd", "--nosetuid", "--listen", f"{HOST}:{port}"]
    server = subprocess.Popen([*command, "--class", "aiosmtpd.handlers.Sink"])  # noqa: S603
    try:
        wait_for(port)
        with override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST=HOST,
            EMAIL_PORT=port,
        ):
            yield
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    """Return once something listens."""
    for _ in range(200):
        with closing(socket.socket()) as asking:
            if asking.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    message = "The mail server does not listen."
    raise RuntimeError(message)
