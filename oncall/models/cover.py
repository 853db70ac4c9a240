"""Which rota answers for which application."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q

from oncall.models.ranges import same, together
from oncall.models.rotas import Rota
from portal.catalogue.models import Application


class Cover(models.Model):
    """That a rota answers for an application from `since` until before `until`.

    While there is none, the central rota answers.
    """

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="covers")
    rota = models.ForeignKey(Rota, on_delete=models.PROTECT, related_name="covers")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="oncall_cover_one_at_a_time",
                expressions=[same("application_id"), together("since", "until")],
            ),
            models.UniqueConstraint(
                fields=["application"], condition=Q(until=None), name="oncall_cover_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} by {self.rota_id}"
