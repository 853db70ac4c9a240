"""What a company has set of the rules of rest and load, and who has signed the opt-out."""

from django.db import models

from oncall.models.kinds import RuleSeverity
from oncall.rules import BY_KEY, Limit, Rule, Severity
from portal.accounts.models import User


class RulePolicy(models.Model):
    """The limit and the severity that a company gave a rule; without a row it is as shipped."""

    key = models.CharField(max_length=40, unique=True)
    threshold = models.FloatField(null=True, blank=True)
    severity = models.CharField(max_length=6, choices=RuleSeverity)
    reason = models.TextField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(threshold=None) | models.Q(threshold__gt=0),
                name="oncall_rule_threshold",
            )
        ]

    def __str__(self) -> str:
        return self.rule.name

    @property
    def rule(self) -> Rule:
        """The rule that it is about."""
        return BY_KEY[self.key]

    @property
    def limit(self) -> Limit:
        """The limit in the terms of the arithmetic."""
        return Limit(self.threshold, Severity(self.severity))


class OptOut(models.Model):
    """That a person has agreed in writing to work more than 48 hours a week; they can take it back."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="oncall_opt_out")
    signed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} since {self.signed_at:%Y-%m-%d}"
