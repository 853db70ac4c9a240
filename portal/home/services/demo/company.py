"""Northwharf, a made-up bank: its divisions, teams and applications, and more of them at scale.

The sixty hand-written applications come first at every size. Beyond them, further teams are
named for a business domain and a function, and own that application once per region.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from itertools import chain, islice, product

from portal.catalogue.models import DataClass, Lifecycle, TeamKind

DOMAIN = "northwharf.example"
STANDARD_APPLICATIONS = 60


@dataclass(frozen=True, slots=True)
class City:
    """Where a team works, and when."""

    name: str
    zone: str
    country: str
    starts_at: time
    ends_at: time


LONDON = City("London", "Europe/London", "GB", time(9), time(17, 30))
BANGALORE = City("Bangalore", "Asia/Kolkata", "IN", time(9, 30), time(18, 30))
CHICAGO = City("Chicago", "America/Chicago", "US", time(8, 30), time(17))
CITIES = (LONDON, BANGALORE, CHICAGO)


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """A node of the team tree; `behaviour` names how it delivers, for teams that own."""

    slug: str
    name: str
    kind: TeamKind
    parent: str
    city: City
    behaviour: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationPlan:
    """An application; without an owner it belongs to nobody."""

    slug: str
    name: str
    description: str
    owner: str
    tier: int
    lifecycle: Lifecycle
    data_classes: tuple[str, ...]
    behaviour: str
    city: City

    @property
    def repository(self) -> str:
        """The address of the git repository."""
        return f"https://git.{DOMAIN}/{self.owner or 'attic'}/{self.slug}.git"


@dataclass(frozen=True, slots=True)
class Company:
    """Everything of the catalogue, parents before children."""

    teams: tuple[TeamPlan, ...]
    applications: tuple[ApplicationPlan, ...]


_DIVISIONS = (
    ("payments", "Payments", LONDON),
    ("retail-banking", "Retail Banking", LONDON),
    ("markets", "Markets and Treasury", CHICAGO),
    ("group-technology", "Group Technology", BANGALORE),
)
_DEPARTMENTS = (
    ("cards", "Cards", "payments", LONDON),
    ("transfers", "Transfers", "payments", LONDON),
    ("digital-channels", "Digital Channels", "retail-banking", LONDON),
    ("lending-and-savings", "Lending and Savings", "retail-banking", LONDON),
    ("core-banking", "Core Banking", "retail-banking", LONDON),
    ("trading", "Trading", "markets", CHICAGO),
    ("treasury-services", "Treasury Services", "markets", CHICAGO),
    ("platform", "Platform", "group-technology", BANGALORE),
    ("risk-and-compliance", "Risk and Compliance", "group-technology", LONDON),
)

# Team: slug, name, department, city, behaviour; then its applications: slug, name, tier, data
# classes, description, and the lifecycle or behaviour where it is not the team's own.
_TEAMS: tuple[tuple[tuple[str, str, str, City, str], tuple[tuple[str, ...], ...]], ...] = (
    (
        ("acquiring", "Acquiring", "cards", LONDON, "steady"),
        (
            ("checkout-gateway", "Checkout gateway", "1", "pci", "Takes card payments from online shops."),
            ("terminal-hub", "Terminal hub", "1", "pci", "Connects the card terminals in shops."),
            ("merchant-portal", "Merchant portal", "2", "personal", "Where merchants see payouts and disputes."),
            ("merchant-onboarding", "Merchant onboarding", "3", "personal", "Checks and admits new merchants."),
        ),
    ),
    (
        ("card-issuing", "Card Issuing", "cards", BANGALORE, "steady"),
        (
            ("card-authoriser", "Card authoriser", "1", "pci financial", "Answers yes or no to each card payment."),
            ("token-vault", "Token vault", "1", "pci", "Keeps card numbers and hands out tokens."),
            ("card-controls", "Card controls", "2", "personal", "Lets customers freeze and limit their cards."),
            ("card-production", "Card production", "4", "pci", "Orders plastic cards from the printer."),
        ),
    ),
    (
        ("disputes", "Disputes", "cards", CHICAGO, "careful"),
        (
            ("chargeback-desk", "Chargeback desk", "3", "pci personal", "Works through disputed payments."),
            ("dispute-evidence", "Dispute evidence", "4", "personal", "Collects what merchants send as proof."),
        ),
    ),
    (
        ("instant-payments", "Instant Payments", "transfers", LONDON, "trunk-based"),
        (
            ("payment-router", "Payment router", "1", "financial", "Chooses the scheme that carries a payment."),
            ("faster-payments", "Faster Payments adapter", "1", "financial", "Speaks to the UK scheme."),
            ("sepa-instant", "SEPA Instant adapter", "1", "financial", "Speaks to the euro scheme."),
            ("request-to-pay", "Request to pay", "3", "personal", "Asks somebody for money, politely."),
        ),
    ),
    (
        ("cross-border", "Cross-Border", "transfers", CHICAGO, "careful"),
        (
            ("swift-gateway", "SWIFT gateway", "1", "financial", "Sends and receives international payments."),
            ("fx-conversion", "FX conversion", "2", "financial", "Quotes and books currency conversions."),
            ("correspondent-accounts", "Correspondent accounts", "3", "financial", "Balances held at other banks."),
        ),
    ),
    (
        ("settlement", "Settlement", "transfers", BANGALORE, "reorganised"),
        (
            ("settlement-engine", "Settlement engine", "1", "financial", "Nets and settles the day's payments."),
            ("clearing-files", "Clearing files", "2", "financial", "Exchanges files with the clearing houses."),
            ("reconciliation", "Reconciliation", "2", "financial", "Matches what was sent with what arrived."),
            ("nostro-monitor", "Nostro monitor", "3", "financial", "Watches the accounts held elsewhere."),
        ),
    ),
    (
        ("mobile", "Mobile", "digital-channels", LONDON, "brisk"),
        (
            ("mobile-api", "Mobile API", "1", "personal", "Serves the apps on iOS and Android."),
            ("mobile-app", "Mobile app", "2", "personal", "The app itself.", "careful"),
            ("push-messages", "Push messages", "3", "personal", "Tells customers what happened."),
        ),
    ),
    (
        ("web-banking", "Web Banking", "digital-channels", BANGALORE, "improving"),
        (
            ("online-banking", "Online banking", "1", "personal", "The bank in the browser."),
            ("customer-profile", "Customer profile", "2", "personal", "Names, addresses and preferences."),
            ("statement-archive", "Statement archive", "3", "personal financial", "Ten years of statements."),
        ),
    ),
    (
        ("customer-identity", "Customer Identity", "digital-channels", LONDON, "brisk"),
        (
            ("sign-in", "Sign-in", "1", "personal", "Lets customers in, and nobody else."),
            ("strong-authentication", "Strong authentication", "1", "personal", "Second factors and device binding."),
            ("consent-register", "Consent register", "3", "personal", "What customers agreed to, and when."),
        ),
    ),
    (
        ("mortgages", "Mortgages", "lending-and-savings", LONDON, "fridays"),
        (
            ("mortgage-origination", "Mortgage origination", "2", "personal", "From application to offer."),
            ("affordability", "Affordability calculator", "3", "personal", "Says how much somebody can borrow."),
        ),
    ),
    (
        ("consumer-credit", "Consumer Credit", "lending-and-savings", CHICAGO, "steady"),
        (
            ("loan-decisions", "Loan decisions", "2", "personal", "Scores and decides loan applications."),
            ("credit-limits", "Credit limits", "2", "personal", "Sets and reviews limits."),
            ("collections-desk", "Collections desk", "3", "personal", "Helps those who fall behind."),
        ),
    ),
    (
        ("savings", "Savings", "lending-and-savings", BANGALORE, "careful"),
        (
            ("savings-accounts", "Savings accounts", "2", "financial personal", "Opens and runs savings accounts."),
            ("interest-engine", "Interest engine", "2", "financial", "Works out interest each night."),
            ("rate-notices", "Rate notices", "4", "personal", "Writes to customers when rates change.", "DEPRECATED"),
        ),
    ),
    (
        ("core-ledger", "Core Ledger", "core-banking", LONDON, "careful"),
        (
            ("general-ledger", "General ledger (mainframe)", "1", "financial", "The books, in COBOL since 1987.", "mainframe"),
            ("end-of-day", "End-of-day batch", "1", "financial", "Closes the day.", "mainframe"),
            ("posting-bridge", "Posting bridge", "1", "financial", "Carries postings to the mainframe."),
            ("account-master", "Account master", "2", "financial personal", "Which accounts exist, and whose."),
        ),
    ),
    (
        ("trading-desk", "Trading Desk", "trading", CHICAGO, "brisk"),
        (
            ("order-router", "Order router", "1", "financial", "Sends orders to the venues."),
            ("market-data", "Market data feed", "1", "", "Prices from the venues, normalised."),
            ("pricing", "Pricing", "2", "confidential", "Quotes for the desk and for clients."),
        ),
    ),
    (
        ("treasury", "Treasury", "treasury-services", CHICAGO, "steady"),
        (
            ("liquidity-forecast", "Liquidity forecast", "2", "confidential", "How much cash tomorrow needs."),
            ("cash-positions", "Cash positions", "2", "financial", "Where the bank's own money is."),
            ("hedging-book", "Hedging book", "3", "financial", "Interest rate hedges.", "EXPERIMENTAL", "young"),
        ),
    ),
    (
        ("developer-platform", "Developer Platform", "platform", BANGALORE, "elite"),
        (
            ("build-farm", "Build farm", "2", "", "Builds and tests everything else."),
            ("deploy-conductor", "Deploy conductor", "2", "", "Brings releases to production."),
            ("service-template", "Service template", "4", "", "How a new service starts.", "EXPERIMENTAL", "young"),
        ),
    ),
    (
        ("data-platform", "Data Platform", "platform", BANGALORE, "improving"),
        (
            ("event-lake", "Event lake", "2", "personal financial", "Every event, kept for analysis."),
            ("customer-360", "Customer 360", "3", "personal", "One view of each customer."),
            ("report-factory", "Report factory", "4", "confidential", "Scheduled reports.", "RETIRED", "retired"),
        ),
    ),
    (
        ("financial-crime", "Financial Crime", "risk-and-compliance", LONDON, "stormy"),
        (
            ("transaction-screening", "Transaction screening", "1", "financial personal", "Holds payments that look wrong."),
            ("fraud-scoring", "Fraud scoring", "1", "personal", "Scores each payment within 40 ms."),
            ("case-manager", "Case manager", "2", "personal confidential", "Where investigators work."),
        ),
    ),
    (
        ("regulatory-reporting", "Regulatory Reporting", "risk-and-compliance", CHICAGO, "careful"),
        (
            ("trade-reports", "Trade reports", "2", "financial", "Tells the regulator about each trade."),
            ("tax-filing", "Tax filing", "3", "personal financial", "FATCA and CRS filings."),
        ),
    ),
)  # fmt: skip
_UNOWNED = (
    (
        "branch-kiosk",
        "Branch kiosk",
        "4",
        "personal",
        "Screens in the branches. Its team is gone.",
    ),
)

_DOMAINS = (
    "account", "advice", "asset", "audit", "branch", "broker", "budget", "card", "cash", "claim",
    "client", "collateral", "contract", "credit", "custody", "customer", "deposit", "dispute",
    "document", "employee", "equity", "fraud", "fund", "insurance", "invoice", "lease", "ledger",
    "limit", "loan", "loyalty", "margin", "merchant", "payroll", "pension", "portfolio", "rate",
    "risk", "tax", "vendor", "wealth",
)  # fmt: skip
_FUNCTIONS = (
    "alerts", "allocation", "analytics", "approval", "archive", "billing", "booking", "calendar",
    "capture", "catalogue", "clearing", "controls", "dashboard", "decisions", "delivery",
    "directory", "enrichment", "events", "exchange", "export", "feed", "forecast", "gateway",
    "history", "import", "index", "insights", "intake", "journal", "letters", "lookup", "matching",
    "messages", "monitor", "notices", "onboarding", "orders", "planner", "portal", "pricing",
    "profile", "quotes", "registry", "reports", "review", "rules", "scheduler", "scoring",
    "search", "workflow",
)  # fmt: skip
_REGIONS = (("uk", "UK"), ("eu", "Europe"), ("us", "Americas"), ("in", "India"), ("apac", "Asia"))
UNOWNED_REMAINDER = 100
_ORDINARY = ("steady", "careful", "brisk", "improving", "steady", "slow", "steady", "elite")
_DATA = ("", "personal", "financial", "", "confidential")


def company(applications: int) -> Company:
    """Return the company with that many applications, the hand-written ones first."""
    if applications < STANDARD_APPLICATIONS:
        message = f"The company has at least {STANDARD_APPLICATIONS} applications."
        raise ValueError(message)
    further = tuple(islice(_further_applications(), applications - STANDARD_APPLICATIONS))
    owners = {plan.owner for plan in further}
    more_teams = tuple(
        team for team in _further_teams() if team.kind != TeamKind.TEAM or team.slug in owners
    )
    return Company(
        teams=(*_standard_teams(), *(more_teams if further else ())),
        applications=(*_standard_applications(), *further),
    )


def _standard_teams() -> Iterator[TeamPlan]:
    for slug, name, city in _DIVISIONS:
        yield TeamPlan(slug, name, TeamKind.DIVISION, "", city)
    for slug, name, parent, city in _DEPARTMENTS:
        yield TeamPlan(slug, name, TeamKind.DEPARTMENT, parent, city)
    for (slug, name, parent, city, behaviour), owned in _TEAMS:
        yield TeamPlan(
            slug,
            name,
            TeamKind.TEAM,
            parent,
            city,
            behaviour,
            f"Builds and runs {', '.join(row[1] for row in owned)}.",
        )


def _standard_applications() -> Iterator[ApplicationPlan]:
    for (owner, _, _, city, behaviour), owned in _TEAMS:
        for row in owned:
            yield _application(row, owner, city, behaviour)
    for row in _UNOWNED:
        yield _application(row, "", LONDON, "abandoned")


def _application(row: tuple[str, ...], owner: str, city: City, behaviour: str) -> ApplicationPlan:
    slug, name, tier, data, description, *special = row
    lifecycle = next((Lifecycle(word) for word in special if word.isupper()), Lifecycle.PRODUCTION)
    return ApplicationPlan(
        slug=slug,
        name=name,
        description=description,
        owner=owner,
        tier=int(tier),
        lifecycle=lifecycle,
        data_classes=tuple(DataClass(word) for word in data.split()),
        behaviour=next((word for word in special if word.islower()), behaviour),
        city=city,
    )


def _further_teams() -> Iterator[TeamPlan]:
    for number, region in enumerate(_REGIONS):
        yield TeamPlan(
            f"{region[0]}-services",
            f"{region[1]} Services",
            TeamKind.DIVISION,
            "",
            CITIES[number % len(CITIES)],
        )
    for number, domain in enumerate(_DOMAINS):
        yield TeamPlan(
            f"{domain}-department",
            domain.title(),
            TeamKind.DEPARTMENT,
            f"{_REGIONS[number % len(_REGIONS)][0]}-services",
            CITIES[number % len(CITIES)],
        )
    for number, (function, domain) in enumerate(product(_FUNCTIONS, _DOMAINS)):
        yield TeamPlan(
            f"{domain}-{function}",
            f"{domain.title()} {function.title()}",
            TeamKind.TEAM,
            f"{domain}-department",
            CITIES[number % len(CITIES)],
            _ORDINARY[number % len(_ORDINARY)],
        )


def _further_applications() -> Iterator[ApplicationPlan]:
    teams = (team for team in _further_teams() if team.kind == TeamKind.TEAM)
    return chain.from_iterable(_in_each_region(number, team) for number, team in enumerate(teams))


def _in_each_region(number: int, team: TeamPlan) -> Iterator[ApplicationPlan]:
    for place, (code, region) in enumerate(_REGIONS):
        yield ApplicationPlan(
            slug=f"{team.slug}-{code}",
            name=f"{team.name}, {region}",
            description=f"{team.name} for customers in {region}.",
            # Some lost their team on the way.
            owner="" if (number * len(_REGIONS) + place) % 211 == UNOWNED_REMAINDER else team.slug,
            tier=1 + (number + place) % 4,
            lifecycle=Lifecycle.PRODUCTION,
            data_classes=tuple(_DATA[(number + place) % len(_DATA)].split()),
            behaviour=team.behaviour,
            city=team.city,
        )
