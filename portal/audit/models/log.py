"""The log: every entry is a leaf of one tree, and what the tree was is signed."""

from django.db import models
from django.db.models import Q

from portal.audit.models.entries import Entry


class Log(models.Model):
    """A tree of all entries, known by its origin; a new one begins when the old is broken.

    `swept_id`: every entry up to it has its leaf for certain. `sweep_id` will be it, once no
    transaction is under way that had begun before `sweep_xid`, so that none can turn up below it.
    """

    origin = models.CharField(max_length=200, unique=True)
    begun_at = models.DateTimeField()
    is_current = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    swept_id = models.BigIntegerField(default=0)
    sweep_id = models.BigIntegerField(default=0)
    sweep_xid = models.BigIntegerField(default=0)
    sweep_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"], condition=Q(is_current=True), name="audit_log_one_current"
            )
        ]

    def __str__(self) -> str:
        return self.origin


class Leaf(models.Model):
    """That an entry is the leaf of a log at an index; without gaps from 0 on."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="leaves")
    index = models.BigIntegerField()
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="leaves")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "index"], name="audit_leaf_index"),
            models.UniqueConstraint(fields=["entry", "log"], name="audit_leaf_entry"),
        ]
        verbose_name_plural = "leaves"

    def __str__(self) -> str:
        return f"{self.index}"


class Node(models.Model):
    """The hash of a full subtree of a log: level 0 are the leaves."""

    pk = models.CompositePrimaryKey("log_id", "level", "index")
    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="nodes")
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(models.Model):
    """What a log was at a size: its root, in a signed note."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="checkpoints")
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "size"], name="audit_checkpoint_size")
        ]
        ordering = ["-size"]

    def __str__(self) -> str:
        return f"{self.size}"


class LogKey(models.Model):
    """A public key that signs checkpoints, from `begins_at` until `ends_at`; two may overlap."""

    text = models.CharField(max_length=400, unique=True)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["begins_at", "id"]

    def __str__(self) -> str:
        return self.text


class Alarm(models.Model):
    """That the log is not what it was: what is wrong, and where; nothing is signed meanwhile."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="alarms")
    raised_at = models.DateTimeField()
    words = models.TextField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["log", "words"], condition=Q(settled_at=None), name="audit_alarm_once"
            )
        ]

    def __str__(self) -> str:
        return self.words
