"""The people of the demo company: who works where, and who is there to be signed in as."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from portal.accounts.models import Role
from portal.catalogue.models import TeamKind, TeamRole
from portal.home.services.demo.company import BANGALORE, CHICAGO, DOMAIN, LONDON, Company, TeamPlan

DEMO_PASSWORD = "all hands on deck"  # noqa: S105 - printed by `make up`, refused in production
STANDARD_TEAMS = 19
STANDARD_TEAM_SIZES = (4, 5, 4, 5, 4)
LARGE_TEAM_SIZE = 9


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody to sign in as: who they are and what is worth a look for them."""

    email: str
    name: str
    role: Role
    look: str
    team: str = ""
    team_role: TeamRole = TeamRole.MEMBER


DEMO_SIGN_INS = (
    SignIn(
        f"amara.okafor@{DOMAIN}",
        "Amara Okafor",
        Role.ENGINEER,
        "Engineer in Instant Payments: trunk-based since last year, live within 15 minutes",
        "instant-payments",
    ),
    SignIn(
        f"rohan.iyer@{DOMAIN}",
        "Rohan Iyer",
        Role.ENGINEER,
        "Lead of Settlement: lead time and failures climb since the reorganisation",
        "settlement",
        TeamRole.LEAD,
    ),
    SignIn(
        f"grace.sullivan@{DOMAIN}",
        "Grace Sullivan",
        Role.OPERATIONS,
        "Operations: every application and team, open incidents first",
    ),
    SignIn(
        f"helena.lindqvist@{DOMAIN}",
        "Helena Lindqvist",
        Role.EXECUTIVE,
        "Executive: the whole company in six tiles, then down to the row",
    ),
    SignIn(
        f"tomasz.zielinski@{DOMAIN}",
        "Tomasz Zieliński",
        Role.AUDITOR,
        "Auditor: reads everything, changes nothing",
    ),
)

_NAMES = {
    LONDON.name: (
        ("Oliver", "Chidi", "Agnieszka", "Harriet", "Wei", "Fatima", "Callum", "Ingrid", "Kwame",
         "Sian", "Mateusz", "Zainab", "Declan", "Mei", "Elif", "Rory", "Adaeze", "Piotr", "Nia"),
        ("Ashworth", "Adeyemi", "Kowalska", "Bennett", "Chen", "Rahman", "MacLeod", "Sørensen",
         "Mensah", "Prosser", "Nowak", "Hussain", "Byrne", "Lam", "Öztürk", "Fraser", "Eze"),
    ),
    BANGALORE.name: (
        ("Priya", "Arjun", "Lakshmi", "Farhan", "Ananya", "Suresh", "Divya", "Joseph", "Kavya",
         "Vikram", "Meera", "Harpreet", "Nandini", "Aditya", "Shreya", "Imran", "Deepa", "Rahul"),
        ("Raghavan", "Menon", "Shetty", "Khan", "Banerjee", "Gowda", "Kulkarni", "Thomas",
         "Venkatesh", "Singh", "Nair", "Desai", "Hegde", "Chatterjee", "Pillai", "Rao", "Joshi"),
    ),
    CHICAGO.name: (
        ("Marcus", "Elena", "Dashiell", "Guadalupe", "Andre", "Hannah", "Tyrone", "Soo-jin",
         "Miguel", "Abigail", "Luca", "Thuy", "Caleb", "Naomi", "Diego", "Imani", "Walter"),
        ("Whitfield", "Morales", "Brennan", "Ortiz", "Jackson", "Goldberg", "Washington", "Park",
         "Delgado", "Novak", "Romano", "Nguyen", "Larsen", "Abrams", "Herrera", "Carter"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """A person, and the team they are in, if any."""

    email: str
    name: str
    role: Role
    zone: str
    team: str
    team_role: TeamRole
    signs_in: bool = False

    @property
    def label(self) -> str:
        """The stable label of this person in the audit trail."""
        return f"user:{self.email}"


def people(company: Company) -> Iterator[PersonPlan]:
    """Yield everybody: those to sign in as first, then team by team, the lead before the rest."""
    zones = {team.slug: team.city.zone for team in company.teams}
    for person in DEMO_SIGN_INS:
        yield PersonPlan(
            person.email,
            person.name,
            person.role,
            zones.get(person.team, LONDON.zone),
            person.team,
            person.team_role,
            signs_in=True,
        )
    named: Counter[str] = Counter()
    taken = Counter(person.name for person in DEMO_SIGN_INS)
    leads = {person.team for person in DEMO_SIGN_INS if person.team_role == TeamRole.LEAD}
    crewed = (team for team in company.teams if team.kind == TeamKind.TEAM)
    for number, team in enumerate(crewed):
        standard = number < STANDARD_TEAMS
        size = STANDARD_TEAM_SIZES[number % 5] if standard else LARGE_TEAM_SIZE
        yield from _crew(team, size, named, taken, has_lead=team.slug in leads)


def _crew(
    team: TeamPlan, size: int, named: Counter[str], taken: Counter[str], *, has_lead: bool
) -> Iterator[PersonPlan]:
    given, family = _NAMES[team.city.name]
    for place in range(size):
        number = named[team.city.name]
        named[team.city.name] += 1
        # The step over a whole round of given names keeps the pairs apart for as long as it can.
        name = (
            f"{given[number % len(given)]} "
            f"{family[(number * 3 + number // len(given)) % len(family)]}"
        )
        taken[name] += 1
        yield PersonPlan(
            email=_email(name, taken[name]),
            name=name,
            role=Role.ENGINEER,
            zone=team.city.zone,
            team=team.slug,
            team_role=TeamRole.LEAD if place == 0 and not has_lead else TeamRole.MEMBER,
        )


def _email(name: str, occurrence: int) -> str:
    plain = name.lower().translate({ord("ø"): "o", ord(" "): "."})
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return f"{ascii_only}{occurrence if occurrence > 1 else ''}@{DOMAIN}"
