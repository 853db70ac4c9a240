"""How the demo company's applications hang together: systems, tags, dependencies, ownership.

The hand-written sixty are told one by one. Beyond them each business domain is a system, whose
applications lean on the gateway of their region, and every fourth one feeds the event lake.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal.catalogue.models import DependencyKind
from portal.home.services.demo.company import (
    STANDARD_APPLICATIONS,
    ApplicationPlan,
    Company,
)

HARD, SOFT = DependencyKind.HARD, DependencyKind.SOFT


@dataclass(frozen=True, slots=True)
class SystemPlan:
    """A system, the team that answers for it and the applications that make it up."""

    slug: str
    name: str
    description: str
    owner: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DependencyPlan:
    """That one application needs another."""

    needs: str
    needed: str
    kind: DependencyKind
    note: str = ""


_SYSTEMS = (
    ("card-payments", "Card payments", "From the shop's till to the merchant's payout.", "acquiring",
     "checkout-gateway terminal-hub merchant-portal merchant-onboarding"),
    ("cards", "Cards", "Everything that a card of ours does.", "card-issuing",
     "card-authoriser token-vault card-controls card-production"),
    ("disputes", "Disputes", "When somebody says: that was not me.", "disputes",
     "chargeback-desk dispute-evidence"),
    ("payment-rails", "Payment rails", "Money between banks, within seconds or overnight.", "instant-payments",
     "payment-router faster-payments sepa-instant request-to-pay swift-gateway"),
    ("settlement", "Settlement", "What banks owe each other at the end of the day.", "settlement",
     "settlement-engine clearing-files reconciliation nostro-monitor"),
    ("digital-banking", "Digital banking", "What customers have in their hands.", "mobile",
     "mobile-api mobile-app push-messages online-banking statement-archive"),
    ("identity", "Identity", "Who somebody is and what they agreed to.", "customer-identity",
     "sign-in strong-authentication consent-register customer-profile"),
    ("lending", "Lending", "From the first question to the last instalment.", "consumer-credit",
     "mortgage-origination affordability loan-decisions credit-limits collections-desk"),
    ("ledger", "Ledger", "The books.", "core-ledger",
     "general-ledger end-of-day posting-bridge account-master interest-engine"),
    ("financial-crime", "Financial crime", "Finds what must not happen.", "financial-crime",
     "transaction-screening fraud-scoring case-manager"),
)  # fmt: skip

# Who needs whom: hard, and after a stroke soft.
_NEEDS = {
    "checkout-gateway": "card-authoriser token-vault fraud-scoring | merchant-portal",
    "terminal-hub": "card-authoriser | checkout-gateway",
    "merchant-portal": "sign-in settlement-engine | customer-360",
    "merchant-onboarding": "transaction-screening customer-profile",
    "card-authoriser": "token-vault account-master fraud-scoring | credit-limits",
    "card-controls": "card-authoriser sign-in",
    "card-production": "token-vault | push-messages",
    "chargeback-desk": "dispute-evidence card-authoriser | case-manager",
    "payment-router": "faster-payments sepa-instant transaction-screening | swift-gateway",
    "faster-payments": "posting-bridge settlement-engine",
    "sepa-instant": "posting-bridge settlement-engine",
    "request-to-pay": "payment-router | push-messages",
    "swift-gateway": "transaction-screening fx-conversion",
    "fx-conversion": "market-data | pricing",
    "settlement-engine": "general-ledger clearing-files | nostro-monitor",
    "reconciliation": "settlement-engine general-ledger | report-factory",
    "mobile-app": "mobile-api",
    "mobile-api": "sign-in account-master payment-router card-controls | push-messages customer-profile",
    "online-banking": "sign-in account-master payment-router | statement-archive",
    "sign-in": "strong-authentication | consent-register",
    "strong-authentication": "| push-messages sign-in",
    "mortgage-origination": "loan-decisions affordability customer-profile",
    "loan-decisions": "credit-limits account-master | customer-360",
    "savings-accounts": "account-master interest-engine",
    "interest-engine": "posting-bridge",
    "rate-notices": "| customer-profile",
    "end-of-day": "general-ledger",
    "posting-bridge": "general-ledger",
    "account-master": "general-ledger",
    "order-router": "market-data pricing",
    "pricing": "market-data",
    "liquidity-forecast": "cash-positions | event-lake",
    "cash-positions": "general-ledger",
    "fraud-scoring": "| event-lake customer-360",
    "transaction-screening": "| case-manager",
    "deploy-conductor": "build-farm",
    "customer-360": "event-lake",
    "trade-reports": "order-router | event-lake",
    "tax-filing": "account-master",
    "branch-kiosk": "sign-in account-master | customer-360",
}  # fmt: skip
_NOTES = {
    ("checkout-gateway", "card-authoriser"): "Every payment asks it, within 300 ms.",
    ("strong-authentication", "sign-in"): "For its own console only.",
    ("card-authoriser", "credit-limits"): "Uses the limits of yesterday when it is away.",
}
_LANGUAGES = ("java", "kotlin", "go", "python", "typescript", "c#")
_SHAPES = ("event-driven", "rest", "batch", "web")


def systems(company: Company) -> Iterator[SystemPlan]:
    """Yield the systems of the company."""
    for slug, name, description, owner, parts in _SYSTEMS:
        yield SystemPlan(slug, name, description, owner, tuple(parts.split()))
    domains: dict[str, list[ApplicationPlan]] = {}
    for plan in company.applications[STANDARD_APPLICATIONS:]:
        domains.setdefault(_domain(plan), []).append(plan)
    for domain, plans in domains.items():
        yield SystemPlan(
            f"{domain}-platform",
            f"{domain.title()} platform",
            f"What the bank does about {domain}.",
            next(plan.owner for plan in plans if plan.owner),
            tuple(plan.slug for plan in plans),
        )


def tags_of(number: int, plan: ApplicationPlan) -> list[str]:
    """Return the tags of an application, the number of its place."""
    if plan.behaviour == "mainframe":
        return ["batch", "cobol"]
    return sorted({_LANGUAGES[number * 7 % 6], _SHAPES[number * 5 % 4]})


def dependencies(company: Company) -> Iterator[DependencyPlan]:
    """Yield who needs whom."""
    for needs, written in _NEEDS.items():
        hard, _, soft = written.partition("|")
        for kind, slugs in ((HARD, hard), (SOFT, soft)):
            for needed in slugs.split():
                yield DependencyPlan(needs, needed, kind, _NOTES.get((needs, needed), ""))
    further = company.applications[STANDARD_APPLICATIONS:]
    known = {plan.slug for plan in further}
    for number, plan in enumerate(further):
        gateway = f"{_domain(plan)}-gateway-{plan.slug.rsplit('-', 1)[1]}"
        if gateway in known and gateway != plan.slug:
            yield DependencyPlan(plan.slug, gateway, HARD)
        if number % 4 == 0:
            yield DependencyPlan(plan.slug, "event-lake", SOFT)


def days_since_word(number: int, plan: ApplicationPlan) -> int:
    """Return how many days ago the owner last said that an application is theirs."""
    if number >= STANDARD_APPLICATIONS and number % 173 == 0:
        return 175 + number % 50
    return _STALE.get(plan.slug, (number * 37) % 160)


# Whose owner's word is due soon, due, overdue and long overdue.
_STALE: Mapping[str, int] = {
    "merchant-onboarding": 195,
    "request-to-pay": 172,
    "nostro-monitor": 184,
    "reconciliation": 211,
    "statement-archive": 230,
    "dispute-evidence": 181,
}
# Who offers what to whom, and since when; the lead of the owner asks.
TRANSFERS: Sequence[tuple[str, str, str, int]] = (
    (
        "clearing-files",
        "instant-payments",
        "The files are written by the rails now; we only forward them.",
        3,
    ),
)
# What belonged to somebody else before, until how many days ago.
FORMER_OWNERS: Mapping[str, tuple[str, int]] = {
    "nostro-monitor": ("treasury", 412),
    "push-messages": ("web-banking", 268),
    "credit-limits": ("savings", 530),
    "branch-kiosk": ("web-banking", 96),
}


def _domain(plan: ApplicationPlan) -> str:
    return plan.slug.split("-", 1)[0]
