"""What the changes and incidents of the demo company are called."""

from collections.abc import Sequence

CHANGES = (
    "Retry {thing} once when the other side answers 503",
    "Show why {thing} was refused",
    "Add an index for {thing} by customer",
    "Log the reference of {thing} instead of its content",
    "Move {thing} off the old queue",
    "Round {thing} half to even",
    "Make {thing} idempotent",
    "Remove the flag around {thing}",
    "Put {thing} behind a flag",
    "Validate {thing} before storing it",
    "Cache {thing} for a minute",
    "Page {thing} by key instead of offset",
    "Cover {thing} with a contract test",
    "Split the handler of {thing}",
    "Rename the columns of {thing}",
    "Time out {thing} after two seconds",
    "Translate {thing} for Welsh customers",
    "Fix the time zone of {thing}",
    "Fix {thing} in a leap year",
    "Accept longer names in {thing}",
    "Stop sending {thing} twice",
    "Archive {thing} after seven years",
    "Export {thing} as CSV",
    "Measure how long {thing} takes",
    "Alert when {thing} falls behind",
    "Document {thing}",
    "Mask account numbers in {thing}",
    "Sort {thing} by date, newest first",
    "Drop the unused version 1 of {thing}",
    "Send {thing} in batches of 500",
    "Read {thing} from the replica",
    "Let colleagues correct {thing}, with a reason",
    "Explain {thing} in the tooltip",
    "Make {thing} usable by keyboard",
    "Reject {thing} in the past",
    "Add the legal entity to {thing}",
)
FIXES = (
    "Fix null reference in {thing}",
    "Restore the old limit of {thing}",
    "Fix migration of {thing} on the large table",
    "Raise the connection pool for {thing}",
    "Skip malformed {thing} instead of stopping",
    "Put back the index on {thing}",
)
MAINFRAME_CHANGES = (
    "CR{number}: change copybook for {thing}",
    "CR{number}: new return code in {thing}",
    "CR{number}: extend record length, {thing}",
    "CR{number}: JCL for {thing}",
    "CR{number}: year-end table, {thing}",
)
THINGS = {
    "payments": (
        "card payments", "refunds", "settlement files", "payout batches", "merchant fees",
        "chargebacks", "payment requests", "beneficiary checks", "scheme messages", "FX quotes",
        "return codes", "mandates", "cut-off times", "exchange rates", "terminal updates",
    ),
    "retail-banking": (
        "sign-in attempts", "statements", "standing orders", "address changes", "loan offers",
        "interest postings", "savings goals", "consents", "card freezes", "push messages",
        "joint accounts", "affordability checks", "balances", "transfers", "device bindings",
    ),
    "markets": (
        "orders", "fills", "price ticks", "hedges", "cash forecasts", "positions", "margin calls",
        "venue sessions", "yield curves", "confirmations", "limits", "collateral moves",
    ),
    "group-technology": (
        "build logs", "deployment events", "screening hits", "case notes", "trade reports",
        "data exports", "access reviews", "fraud scores", "event schemas", "audit packs",
        "retention rules", "service templates", "watch lists", "filings",
    ),
    "": (
        "customer records", "notifications", "reports", "approvals", "documents", "requests",
        "invoices", "schedules", "rates", "reminders", "searches", "imports", "exports", "limits",
    ),
}  # fmt: skip
LIBRARIES = (
    "django", "psycopg", "cryptography", "httpx", "spring-boot", "netty", "log4j-core", "jackson",
    "react", "typescript", "vite", "requests", "pydantic", "celery", "grpc", "protobuf", "okhttp",
    "kafka-clients", "postgresql-jdbc", "openssl", "alpine", "node", "eclipse-temurin",
)  # fmt: skip
INCIDENTS = (
    "{name}: errors above 5 %",
    "{name}: slow for every third customer",
    "{name}: timeouts after release",
    "{name}: queue backlog grows",
    "{name}: wrong amounts shown",
    "{name}: duplicate messages sent",
    "{name}: memory climbs until restart",
    "{name}: health check flaps",
    "{name}: some customers see an empty page",
    "{name}: database connections exhausted",
    "{name}: requests refused with 401",
    "{name}: nightly job did not finish",
)
OUTAGES = (
    "{name}: certificate expired",
    "{name}: provider outage in one zone",
    "{name}: network partition between data centres",
    "{name}: disk full on the log volume",
    "{name}: partner bank does not answer",
    "{name}: name resolution fails",
    "{name}: sudden load from a crawler",
    "{name}: scheme maintenance ran over",
)


def change_title(index: int, thing: int, things: Sequence[str]) -> str:
    """Return the title of an ordinary change."""
    return CHANGES[index % len(CHANGES)].format(thing=things[thing % len(things)])


def mainframe_title(index: int, thing: int, things: Sequence[str]) -> str:
    """Return the title of a change request to the mainframe."""
    template = MAINFRAME_CHANGES[index % len(MAINFRAME_CHANGES)]
    return template.format(number=4000 + index % 5000, thing=things[thing % len(things)])


def fix_title(index: int, thing: int, things: Sequence[str]) -> str:
    """Return the title of a hotfix."""
    return FIXES[index % len(FIXES)].format(thing=things[thing % len(things)])


def bump_title(index: int, thing: int) -> str:
    """Return the title of a dependency update by a bot."""
    library = LIBRARIES[index % len(LIBRARIES)]
    major, minor, patch = 1 + thing % 6, thing // 6 % 20, index % 9
    return f"Bump {library} from {major}.{minor}.{patch} to {major}.{minor}.{patch + 1}"


def revert_title(title: str) -> str:
    """Return the title that git gives to the revert of a change."""
    return f'Revert "{title}"'
