"""API tokens, and the answers kept for requests that are sent again."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from portal.accounts.models import User
from portal.api.types import Scope, TokenKind
from portal.catalogue.models import Application, validate_slug

EXPIRES_SOON = timedelta(days=14)


class TokenState(models.TextChoices):
    """How a token stands."""

    VALID = "VALID", "Valid"
    EXPIRING = "EXPIRING", "Expires soon"
    EXPIRED = "EXPIRED", "Expired"
    REVOKED = "REVOKED", "Revoked"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"VALID": "good", "EXPIRING": "warning", "EXPIRED": "bad", "REVOKED": "unknown"}[
            self.value
        ]


class ApiToken(models.Model):
    """A key to the API: for one person, who it acts as, or for the pipeline of one application.

    Only the digest is stored. A pipeline's token stays when its creator leaves.
    """

    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="api_tokens", db_index=False
    )
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, related_name="api_tokens", db_index=False
    )
    name = models.CharField(max_length=63, validators=[validate_slug])
    prefix = models.CharField(max_length=24)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope))
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    expires_at = models.DateTimeField()
    # Written at most once a minute.
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False) ^ Q(application__isnull=False),
                name="api_apitoken_one_holder",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="api_apitoken_order"
            ),
            models.CheckConstraint(condition=~Q(scopes=[]), name="api_apitoken_scopes"),
            models.UniqueConstraint(
                fields=["user", "name"],
                condition=Q(user__isnull=False, revoked_at=None),
                name="api_apitoken_name_of_user",
            ),
            models.UniqueConstraint(
                fields=["application", "name"],
                condition=Q(application__isnull=False, revoked_at=None),
                name="api_apitoken_name_of_app",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="api_apitoken_by_user"),
            models.Index(fields=["application", "-created_at"], name="api_apitoken_by_app"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> TokenKind:
        """For whom it speaks."""
        return TokenKind.PERSONAL if self.user_id else TokenKind.PIPELINE

    @property
    def holder(self) -> User | Application:
        """The person or the application that it belongs to."""
        holder = self.user or self.application
        assert holder is not None  # noqa: S101 - a constraint says so
        return holder

    @property
    def label(self) -> str:
        """The stable label under which a pipeline's token acts in the audit trail."""
        holder = self.holder
        of = holder.slug if isinstance(holder, Application) else holder.email
        return f"token:{of}/{self.name}"

    def state(self, now: datetime) -> TokenState:
        """Return how it stands at an instant."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        if self.expires_at <= now:
            return TokenState.EXPIRED
        return TokenState.EXPIRING if self.expires_at - now <= EXPIRES_SOON else TokenState.VALID


class StoredAnswer(models.Model):
    """The answer to a request that named an idempotency key, for when it is sent again.

    Written in the transaction of the change that it tells of, so there is one if and only if
    the change was made. `fingerprint` is the digest of what was asked.
    """

    sender = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sender", "key"], name="api_storedanswer_once")
        ]

    def __str__(self) -> str:
        return f"{self.status} to {self.key}"
