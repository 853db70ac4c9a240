"""Rates of pay as they are stored, read into the terms of the arithmetic.

`RULES` of a scheme: `{"rates": [...], "is_instead": false, "only_out_of_hours": true,
"rounding": "half even"}`; a rate is an amount of money, or percent of the day rate, per block.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from oncall.rota.pay import Day, Duty, Holiday, Part, Per, Rate, Tariff

DAY_RATE, FIXED = "day rate", "fixed"
ROUNDINGS = {"half even": ROUND_HALF_EVEN, "half up": ROUND_HALF_UP}

_PAID_ROLES = ["primary", "secondary", "manager"]
# Two published ways to pay, to begin from.
SHIPPED: Mapping[str, Mapping[str, Any]] = {
    "uk-cloud-platform": {
        "title": "Share of a day's rate per 8 hours",
        "words": (
            "As the Cloud Platform of the UK Ministry of Justice publishes it: 15 % of the day rate"
            " per 8 hours on call out of hours, an eighth of it per full hour worked."
        ),
        "rules": {
            "rates": [
                {
                    "name": "On call, per 8 hours",
                    "duty": Duty.STANDBY.value,
                    "of": DAY_RATE,
                    "amount": "15",
                    "hours": "8",
                    "part": Part.PRO_RATA.value,
                    "per": Per.PERIOD.value,
                    "days": [],
                    "roles": _PAID_ROLES,
                },
                {
                    "name": "Called out, per full hour",
                    "duty": Duty.CALLED_OUT.value,
                    "of": DAY_RATE,
                    "amount": "12.5",
                    "hours": "1",
                    "part": Part.NONE.value,
                    "per": Per.PERIOD.value,
                    "days": [],
                    "roles": [],
                },
            ],
            "is_instead": False,
            "only_out_of_hours": True,
            "rounding": "half even",
        },
    },
    "flat": {
        "title": "Flat amount per shift",
        "words": (
            "The same for everybody: an amount for each night, and for each day of a weekend or"
            " holiday, begun; and one per hour called out."
        ),
        "rules": {
            "rates": [
                {
                    "name": "Night or day on call",
                    "duty": Duty.STANDBY.value,
                    "of": FIXED,
                    "amount": "45.00",
                    "hours": "24",
                    "part": Part.WHOLE.value,
                    "per": Per.STRETCH.value,
                    "days": [],
                    "roles": _PAID_ROLES,
                },
                {
                    "name": "Called out, per hour",
                    "duty": Duty.CALLED_OUT.value,
                    "of": FIXED,
                    "amount": "30.00",
                    "hours": "1",
                    "part": Part.PRO_RATA.value,
                    "per": Per.STRETCH.value,
                    "days": [],
                    "roles": [],
                },
            ],
            "is_instead": False,
            "only_out_of_hours": True,
            "rounding": "half even",
        },
    },
}
# Without a scheme hours are counted, and nothing is said of money.
UNITS_ONLY: Mapping[str, Any] = {
    "rates": [
        {
            "name": f"{duty.capitalize()}, {day.value}",
            "duty": duty.value,
            "of": DAY_RATE,
            "amount": "0",
            "hours": "1",
            "part": Part.PRO_RATA.value,
            "per": Per.PERIOD.value,
            "days": [day.value],
            "roles": [],
        }
        for duty in Duty
        for day in Day
    ],
    "is_instead": False,
    "only_out_of_hours": True,
    "rounding": "half even",
}


class RulesError(ValueError):
    """The rules of a scheme cannot be read; the message says what is wrong with them."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a scheme: what is paid, and whether working hours count too."""

    rates: tuple[tuple[str, Rate], ...]
    is_instead: bool
    only_out_of_hours: bool
    rounding: str

    def tariff(
        self, zone: ZoneInfo, holidays: frozenset[date], day_rate: Decimal | None
    ) -> Tariff:
        """Return what somebody with a day rate is paid by; without one, shares of it are nought."""
        return Tariff(
            zone,
            tuple(_of(of, rate, day_rate or Decimal(0)) for of, rate in self.rates),
            tuple(Holiday(day) for day in sorted(holidays)),
            is_instead=self.is_instead,
            rounding=self.rounding,
        )

    def needs_day_rate(self, name: str) -> bool:
        """Return whether the rate of that name is a share of the day rate."""
        return any(of == DAY_RATE and rate.name == name for of, rate in self.rates)


def read_rules(rules: Mapping[str, Any]) -> Rules:
    """Return stored rules.

    Raises:
        RulesError: when they are none.
    """
    try:
        rates = tuple(_rate(one) for one in rules["rates"])
        rounding = ROUNDINGS[rules["rounding"]]
    except (KeyError, TypeError, ArithmeticError) as error:
        raise RulesError("A rate has a name, what it is for, an amount and hours.") from error
    except ValueError as error:
        raise RulesError(str(error)) from error
    names = [rate.name for _, rate in rates]
    if not rates:
        raise RulesError("A scheme has at least one rate.")
    if len(set(names)) < len(names):
        raise RulesError("Give each rate a name of its own: it is what a line is called.")
    return Rules(
        rates, bool(rules.get("is_instead")), bool(rules.get("only_out_of_hours")), rounding
    )


def _rate(one: Mapping[str, Any]) -> tuple[str, Rate]:
    name, amount = str(one["name"]).strip(), Decimal(str(one["amount"]))
    hours = Decimal(str(one["hours"]))
    if not name:
        raise RulesError("Give each rate a name.")
    if not (amount.is_finite() and hours.is_finite()):
        raise RulesError(f"“{name}” needs an amount and hours in figures.")
    seconds = hours * 3600
    if seconds != int(seconds) or not 1 <= seconds <= 31 * 86_400:
        raise RulesError(f"A block of “{name}” lasts from a second to a month.")
    return str(one["of"]), Rate(
        name,
        Duty(one["duty"]),
        amount,
        timedelta(seconds=int(seconds)),
        Part(one["part"]),
        Per(one["per"]),
        days=frozenset(Day(day) for day in one["days"]),
        roles=frozenset(one["roles"]),
    )


def _of(of: str, rate: Rate, day_rate: Decimal) -> Rate:
    if of == FIXED:
        return rate
    return Rate(
        rate.name, rate.duty, day_rate, rate.block, rate.part, rate.per,
        rate.amount / 100, rate.days, rate.roles,
    )  # fmt: skip


def shipped_choices() -> Sequence[tuple[str, str, str]]:
    """Return key, title and words of the schemes to begin from."""
    return [(key, one["title"], one["words"]) for key, one in SHIPPED.items()]
