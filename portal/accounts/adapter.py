"""The seam to allauth: local accounts are created by operations, never by signing up.

Single sign-on adds an adapter of social accounts beside this one (ADR 0002); nothing above
`portal.accounts` knows how somebody signed in.
"""

from smtplib import SMTPException
from typing import Any, ClassVar

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from portal.accounts import services
from portal.accounts.models import User

logger = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What allauth asks the portal about, and the words it answers with."""

    error_messages: ClassVar[dict[str, str]] = DefaultAccountAdapter.error_messages | {
        "account_inactive": "Operations have closed this account.",
        "email_password_mismatch": "That e-mail and password do not fit together.",
        "incorrect_password": "That is not your password.",
        "enter_current_password": "That is not your password.",
        "too_many_login_attempts": (
            "Too many wrong passwords. Wait five minutes, or have a link to a new one sent."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Return False: accounts come from operations."""
        return False

    def set_password(self, user: User, password: str) -> None:
        """Change the password, as every change: by a service."""
        now = timezone.now()
        services.change_password(user=user, password=password, now=now)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        """Return where somebody lands who has changed the password."""
        return reverse("profile")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail; a mail server that is away is logged and told to nobody.

        A page that failed for known addresses alone would tell who has an account.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException):
            logger.exception("mail_not_sent", template=template_prefix)


class PasswordBackend(AuthenticationBackend):  # type: ignore[misc]
    """Knows people by their passwords; what they may do is said by rules alone.

    Django's own tables of permissions are not asked: nobody fills them, and asking costs two
    queries on every page.
    """

    def has_perm(self, *_args: object, **_kwargs: object) -> bool:
        """Return False: rights come from policies."""
        return False
