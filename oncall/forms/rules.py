"""What operations type to set a rule of rest and load."""

from typing import Any

from django import forms

from oncall.models import RuleSeverity
from oncall.rules import Limit, Rule


class RuleForm(forms.Form):
    """Where a rule begins to be broken, what follows, and why it is set so."""

    threshold = forms.FloatField(label="Limit")
    severity = forms.TypedChoiceField(
        label="What follows",
        choices=RuleSeverity.choices,
        coerce=RuleSeverity,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Why",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="People are held to it, and auditors read it.",
    )

    def __init__(self, data: Any = None, *, rule: Rule, limit: Limit) -> None:
        super().__init__(data, initial={"threshold": limit.threshold, "severity": limit.severity})
        lowest, highest = rule.bounds
        if rule.shipped.threshold is None:
            del self.fields["threshold"]
            return
        self.fields["threshold"] = forms.FloatField(
            label=f"Limit in {rule.unit}" if rule.unit != "%" else "Limit in %",
            min_value=lowest,
            max_value=highest,
            initial=limit.threshold,
            help_text=f"From {lowest:g} to {highest:g}; shipped is {rule.shipped.threshold:g}.",
        )
        self.order_fields(["threshold", "severity", "reason"])
