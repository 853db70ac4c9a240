"""What a trade of hours would mean for the people in it: rules, load, and who could best step in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from oncall.models import DutyRole, Leave, Rota, Swap
from oncall.rota import Shift as Stretch
from oncall.rota import Span, rested
from oncall.rota.spans import common
from oncall.rules import Duty, Finding, Limit, Record, Severity, consequences, month_share
from oncall.selectors.records import limits, records_of
from oncall.selectors.swaps import held, open_hours, roster
from portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Trade:
    """Hours of a role that change hands: from the giver or from nobody, and perhaps back."""

    rota: Rota
    role: DutyRole
    giver: User | None
    hours: Sequence[Span]
    back: Sequence[Span] = ()

    @property
    def span(self) -> Span:
        """From the first to the last of all the hours."""
        every = [*self.hours, *self.back]
        return Span(min(one.start for one in every), max(one.end for one in every))

    def duties(self, spans: Iterable[Span]) -> list[Duty]:
        """Return hours as duties of the rota."""
        return [Duty(*span, self.role.value, self.rota.pk, self.rota.name) for span in spans]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could take the hours: what speaks against it, and what they would carry.

    `share` is how much of the month they would be on call, in any rota.
    """

    person: User
    share: float
    is_away: bool
    findings: Sequence[Finding]

    @property
    def is_refused(self) -> bool:
        """Whether they cannot take it."""
        return self.is_away or any(one.severity is Severity.REFUSE for one in self.findings)

    @property
    def has_warnings(self) -> bool:
        """Whether it needs a reason."""
        return any(one.severity is Severity.WARN for one in self.findings)


def trade_of(swap: Swap) -> Trade:
    """Return what changes hands in a swap, as things stand."""
    back = held(swap.rota, swap.role, swap.asked, swap.back) if swap.asked and swap.back else []
    return Trade(swap.rota, swap.duty, swap.giver, open_hours(swap), back)


def findings_of(trade: Trade, taker: User) -> list[Finding]:
    """Return what of the rules a trade would break, for both people, the gravest first."""
    people = [taker, *([trade.giver] if trade.giver and trade.back else [])]
    records, known = records_of(people, [trade.rota], within=trade.span), limits()
    found = _consequences(trade, records[taker.pk], known, comes=trade.hours, goes=trade.back)
    if trade.giver and trade.back:
        giver = records[trade.giver.pk]
        found += _consequences(trade, giver, known, comes=trade.back, goes=trade.hours)
    return sorted(found, key=lambda one: list(Severity).index(one.severity))


def candidates(trade: Trade) -> list[Candidate]:
    """Return who of the roster could take hours: the best rested first, the refused last."""
    people = [one for one in roster(trade.rota) if one != trade.giver]
    records, known = records_of(people, [trade.rota], within=trade.span), limits()
    away = away_in(people, trade.hours)
    order = rested([str(one.pk) for one in people], _stretches(records.values()), trade.span)
    places = {int(pk): place for place, pk in enumerate(order)}
    found = []
    for person in people:
        record = records[person.pk]
        after = record.changed(comes=trade.duties(trade.hours))
        found.append(
            Candidate(
                person,
                month_share(after, trade.span),
                person.pk in away,
                consequences(_unlike(trade, record), _unlike(trade, after), known, trade.span),
            )
        )
    return sorted(
        found,
        key=lambda one: (
            one.is_refused,
            one.has_warnings,
            places.get(one.person.pk, len(places)),
        ),
    )


def away_in(people: Iterable[User], hours: Sequence[Span]) -> set[int]:
    """Return the ids of those who are on leave in some of the hours."""
    rows = Leave.objects.filter(
        person__in=people,
        cancelled_at=None,
        starts_at__lt=hours[-1].end,
        ends_at__gt=hours[0].start,
    ).values_list("person", "starts_at", "ends_at")
    return {person for person, start, end in rows if any(common(hours, [Span(start, end)]))}


def _consequences(
    trade: Trade,
    record: Record,
    known: Mapping[str, Limit],
    *,
    comes: Iterable[Span],
    goes: Iterable[Span],
) -> list[Finding]:
    before = _unlike(trade, record)
    after = before.changed(comes=trade.duties(comes), goes=trade.duties(goes))
    return consequences(before, after, known, trade.span)


def _unlike(trade: Trade, record: Record) -> Record:
    """Return a record beside which nobody stands who gives the hours up."""
    gone = {(trade.role.value, span.start) for span in trade.hours}
    beside = tuple(one for one in record.beside if (one.role, one.start) not in gone)
    return replace(record, beside=beside)


def _stretches(records: Iterable[Record]) -> list[Stretch]:
    return [
        Stretch(duty.start, duty.end, str(record.person), duty.role)
        for record in records
        for duty in record.duties
    ]
