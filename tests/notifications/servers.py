"""Real servers on the loopback address that take what the portal sends, as they are told to."""

import asyncio
import contextlib
import email
import email.policy
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller

HOST = "127.0.0.1"


class MailServer:
    """An SMTP server; `answers` are given to RCPT in turn, and 250 when there are none left."""

    def __init__(self):
        self.mails = []
        self.answers = []
        self.delay = 0.0
        self.port = free_port()
        self.controller = None
        # After it has taken a mail, before it says so.
        self.answers_late = 0.0

    def start(self):
        self.controller = Controller(self, hostname=HOST, port=self.port)
        self.controller.start()

    def stop(self):
        if self.controller:
            self.controller.stop(no_assert=True)
            self.controller = None

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if self.answers and (answer := self.answers.pop(0)) != "250 OK":
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        if self.delay:
            await asyncio.sleep(self.delay)
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos, parsed))
        if self.answers_late:
            await asyncio.sleep(self.answers_late)
        return "250 Taken"

    @property
    def subjects(self):
        return [mail["Subject"] for _, mail in self.mails]

    @property
    def recipients(self):
        return [address for addresses, _ in self.mails for address in addresses]


class Receiver:
    """An HTTP server that keeps what is posted; `statuses` are given in turn, then 200."""

    def __init__(self):
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.location = ""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.posts.append((self.path, dict(self.headers), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer((HOST, 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def url(self):
        return f"http://{HOST}:{self.port}"

    @property
    def bodies(self):
        return [json.loads(body) for _, _, body in self.posts]


def free_port():
    with contextlib.closing(socket.socket()) as found:
        found.bind((HOST, 0))
        return found.getsockname()[1]


def mail_server_settings(settings, port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 2


@pytest.fixture
def mail_server(settings):
    """Give an SMTP server at work, which the portal sends by."""
    server = MailServer()
    mail_server_settings(settings, server.port)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def receiver(settings):
    """Give an HTTP server at work, on a host that the portal may send to."""
    server = Receiver()
    server.thread.start()
    settings.NOTIFICATION_ALLOWED_HOSTS = [HOST]
    yield server
    server.server.shutdown()
    server.server.server_close()
    server.thread.join()
