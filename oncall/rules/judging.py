"""What breaks the rules, and what a change would make worse."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from oncall.rota.spans import Span
from oncall.rules.catalogue import RULES, SHARES, Limit, Rule, Severity
from oncall.rules.checks import CHECKS
from oncall.rules.records import Record

# What is not the same to so many digits is worse or better.
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """That a person's shifts break a rule."""

    rule: Rule
    severity: Severity
    person: int
    value: float
    span: Span
    words: str


def judge(record: Record, limits: Mapping[str, Limit], within: Span) -> list[Finding]:
    """Return what of a record breaks the rules in a period, the gravest first.

    `limits` has what a company has set; the other rules are as shipped.
    """
    found = [
        Finding(rule, limit.severity, record.person, *breach)
        for rule in RULES
        for limit in [limits.get(rule.key, rule.shipped)]
        for breach in CHECKS[rule.key](record, limit.threshold or 0, within)
    ]
    return sorted(_highest(found), key=lambda one: (list(Severity).index(one.severity), one.span))


def consequences(
    before: Record, after: Record, limits: Mapping[str, Limit], within: Span
) -> list[Finding]:
    """Return what of the rules a change breaks, or breaks worse than they are broken."""
    known = judge(before, limits, within)
    return [one for one in judge(after, limits, within) if not _is_known(one, known)]


def _is_known(finding: Finding, known: Iterable[Finding]) -> bool:
    return any(
        one.rule == finding.rule
        and not (one.span & finding.span).is_empty
        and round(one.value, DIGITS) >= round(finding.value, DIGITS)
        for one in known
    )


def _highest(found: list[Finding]) -> Iterable[Finding]:
    """Return the findings, of the shares of one month only that of the highest mark."""
    highest = {
        one.span: position
        for position, one in enumerate(found)
        if one.rule.key in SHARES  # in the order of their marks: the last one stays
    }
    return [
        one
        for position, one in enumerate(found)
        if one.rule.key not in SHARES or highest[one.span] == position
    ]
