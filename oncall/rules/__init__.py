"""Rules of rest and load: what each asks and why, and what breaks it. Pure: no database, no clock."""

from oncall.rules.catalogue import BY_KEY, RULES, Limit, Rule, Severity
from oncall.rules.checks import month_share
from oncall.rules.judging import Finding, consequences, judge
from oncall.rules.records import Duty, Record
from oncall.rules.words import hours_in_words

__all__ = [
    "BY_KEY",
    "RULES",
    "Duty",
    "Finding",
    "Limit",
    "Record",
    "Rule",
    "Severity",
    "consequences",
    "hours_in_words",
    "judge",
    "month_share",
]
