"""Secret addresses under which calendar programs read shifts."""

from django.db import models
from django.db.models import Q

from oncall.models.rotas import Rota
from portal.accounts.models import User
from portal.catalogue.models import Team


class Feed(models.Model):
    """That whoever knows a secret address reads the shifts of a person, a rota, or a team.

    Only the digest of the secret is stored. It reads with the rights of who made it, asked anew
    each time: it stops when they leave the team.
    """

    person = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    rota = models.ForeignKey(
        Rota, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    prefix = models.CharField(max_length=12)
    digest = models.BinaryField(max_length=32, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="feeds")
    created_at = models.DateTimeField()
    # Written at most once an hour.
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, rota=None, team=None)
                | Q(person=None, rota__isnull=False, team=None)
                | Q(person=None, rota=None, team__isnull=False),
                name="oncall_feed_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…, {self.target}"

    @property
    def target(self) -> User | Rota | Team:
        """Whose shifts it tells of."""
        found = self.person or self.rota or self.team
        assert found is not None  # noqa: S101 - a constraint sees to it
        return found
