"""The closed registry of checks.

A new kind of fact takes three steps: its checks in a module beside `catalogue` and `delivery`,
that module here, and a source of the fact in `portal.scorecards.adapters.sources`. A test proves
that every fact has a source.
"""

from collections.abc import Mapping

from portal.scorecards.rules import catalogue, delivery, oncall
from portal.scorecards.rules.checks import CheckType

CHECKS: Mapping[str, CheckType] = {
    check.key: check for module in (catalogue, delivery, oncall) for check in module.CHECKS
}
