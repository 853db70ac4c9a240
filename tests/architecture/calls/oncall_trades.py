"""Calls of the services of trades, and what their routes lead to."""

from datetime import timedelta

from oncall.models import DutyRole, RuleSeverity, SwapPolicy
from oncall.rota import Span
from oncall.services.leave import add_leave
from oncall.services.rules import sign_opt_out
from oncall.services.swaps import accept_swap, ask_swap
from tests.conftest import NOW
from tests.oncall.scene import people, rota

SERVICES = "oncall.services"


def trading(world, **values):
    return rota(world, people(world, 6), name="Trades at night", **values)


def hours(rota, person):
    shift = rota.shifts.filter(person=person, role="primary").order_by("starts_at").first()
    return Span(shift.starts_at, shift.ends_at)


def asking(rota, giver, **values):
    return {
        "rota": rota,
        "role": DutyRole.PRIMARY,
        "giver": giver,
        "hours": hours(rota, giver),
        "actor": giver,
        **values,
    }


def asked(world, **values):
    made = values.pop("rota", None) or trading(world)
    now = values.pop("now", NOW)
    return ask_swap(**asking(made, world.bob, **values), now=now)


def fay(world):
    return people(world, 6)[4]


def named(world):
    return asked(world, asked=fay(world), reason="A wedding.")


def agreed(world):
    swap = asked(world, rota=trading(world, swap_policy=SwapPolicy.ASK))
    return accept_swap(swap=swap, actor=fay(world), now=NOW)


def gap(world, rota=None):
    made = rota or trading(world)
    emil = people(world, 6)[3]
    first = hours(made, emil)
    add_leave(person=emil, starts_at=first.start, ends_at=first.end, actor=world.alice, now=NOW)
    return made.gaps.get(role="primary", starts_at=first.start)


def ran_out(world):
    asked(world, now=NOW - timedelta(hours=2), answer_by=NOW - timedelta(hours=1))
    return {}


def signed(world):
    sign_opt_out(actor=world.bob, now=NOW)
    return {"actor": world.bob}


def places(world):
    """Return what stands for the converters: a swap that Bob asks Fay for, a shift, a gap."""
    swap = named(world)
    shift = swap.rota.shifts.filter(person=world.bob, role="primary").order_by("starts_at")[1]
    return {
        "swaps/<int:pk>": swap.pk,
        "shifts/<int:pk>": shift.pk,
        "gaps/<int:pk>": gap(world, swap.rota).pk,
        "rules/<slug:key>": "share-most",
    }


CALLS = {
    f"{SERVICES}.swaps.ask_swap": lambda world: asking(
        trading(world), world.bob, asked=fay(world), reason="A wedding."
    ),
    f"{SERVICES}.swaps.offer_swap": lambda world: asking(
        trading(world), world.bob, taker=fay(world), actor=fay(world)
    ),
    f"{SERVICES}.swaps.accept_swap": lambda world: {
        "swap": asked(world),
        "actor": fay(world),
        "reason": "I like nights.",
    },
    f"{SERVICES}.swaps.decline_swap": lambda world: {
        "swap": named(world),
        "answer": "I am away.",
        "actor": fay(world),
    },
    f"{SERVICES}.swaps.withdraw_swap": lambda world: {"swap": asked(world), "actor": world.bob},
    f"{SERVICES}.swaps.approve_swap": lambda world: {"swap": agreed(world), "actor": world.alice},
    f"{SERVICES}.swaps.refuse_swap": lambda world: {
        "swap": agreed(world),
        "answer": "Fay has training.",
        "actor": world.alice,
    },
    f"{SERVICES}.swaps.cover_gap": lambda world: {
        "gap": gap(world),
        "person": people(world, 6)[5],
        "actor": people(world, 6)[5],
    },
    f"{SERVICES}.swaps.settle_swaps": ran_out,
    f"{SERVICES}.rules.change_rule": lambda world: {
        "key": "share-most",
        "threshold": 45,
        "severity": RuleSeverity.WARN,
        "reason": "The works council asked for it.",
        "actor": world.olive,
    },
    f"{SERVICES}.rules.sign_opt_out": lambda world: {"actor": world.bob},
    f"{SERVICES}.rules.withdraw_opt_out": signed,
}
