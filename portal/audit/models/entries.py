"""Audit events as they were recorded."""

from django.db import models


class Entry(models.Model):
    """One audit event: the canonical bytes that were recorded, and columns to find it by.

    `body` is RFC 8785 canonical JSON and is the evidence; the other columns repeat parts of it.
    """

    at = models.DateTimeField(db_index=True)
    event = models.CharField(max_length=64)
    actor = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    outcome = models.CharField(max_length=20)
    body = models.BinaryField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "-at"], name="audit_entry_subject"),
            models.Index(fields=["actor", "-at"], name="audit_entry_actor"),
            models.Index(fields=["event", "-at"], name="audit_entry_event"),
        ]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"


class FreeText(models.Model):
    """Free text of an entry: the body holds only its salted hash, so it can be erased by law."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="texts")
    name = models.CharField(max_length=40)
    salt = models.BinaryField(max_length=16)
    text = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "name"], name="audit_freetext_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.entry_id}"
