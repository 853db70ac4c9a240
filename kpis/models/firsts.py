"""When an application was first seen to deliver, for the KPIs of onboarding."""

from django.db import models

from portal.catalogue.models import Application


class FirstDeployment(models.Model):
    """That the portal heard of a successful production deployment of an application, and when.

    `recorded_at` is when it was told, not when it happened: a history that is imported may be
    years long. It is written once. Null: before the portal kept this.
    """

    application = models.OneToOneField(
        Application, on_delete=models.CASCADE, primary_key=True, related_name="first_deployment"
    )
    recorded_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.application_id} at {self.recorded_at}"
