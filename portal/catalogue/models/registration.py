"""How applications came into the catalogue, for the KPIs of onboarding."""

from django.db import models

from portal.accounts.models import User
from portal.catalogue.models.applications import Application


class Registration(models.Model):
    """That a person registered an application, and since when they had been signed in.

    `signed_in_at` is null where nobody sat before a page: files, the API, commands.
    """

    application = models.OneToOneField(
        Application, on_delete=models.CASCADE, primary_key=True, related_name="registration"
    )
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="registrations", db_index=False
    )
    signed_in_at = models.DateTimeField(null=True)
    registered_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(signed_in_at=None)
                | models.Q(signed_in_at__lte=models.F("registered_at")),
                name="catalogue_registration_order",
            )
        ]
        indexes = [
            models.Index(fields=["person", "registered_at"], name="catalogue_registration_person")
        ]

    def __str__(self) -> str:
        return f"{self.application_id} by {self.person_id}"
