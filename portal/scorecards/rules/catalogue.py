"""Checks of what the catalogue knows of an application."""

from dataclasses import dataclass
from datetime import datetime

from portal.scorecards.rules.checks import CheckType, Finding, Judge, Mend, Parameters
from portal.scorecards.rules.parameters import Parameter, whole

EDIT = Mend("Edit the application", "/apps/{application}/edit/")
MEMBERS = Mend("Add people to the team", "/teams/{owner}/members/")
REPOSITORY = Mend("Add a repository", "/apps/{application}/repositories/new/")
DEPENDENCIES = Mend("Record dependencies", "/apps/{application}/dependencies/")
OWNERSHIP = Mend("Confirm that it is yours", "/apps/{application}/")
ENVIRONMENT = Mend("Add an environment", "/apps/{application}/environments/new/")


@dataclass(frozen=True, slots=True)
class Attested:
    """When an owner gave their word, or when it was registered if nobody has yet."""

    at: datetime
    by_somebody: bool


def _named(what: str) -> Judge:
    """Return a judge of a text: it is there, or it is empty."""

    def judge(value: str, _parameters: Parameters, _now: datetime) -> Finding:
        return Finding(bool(value), f"{what}: {value}" if value else f"{what}: none")

    return judge


def _listed(what: str) -> Judge:
    """Return a judge of a list of names: at least so many, one unless told."""

    def judge(value: list[str], parameters: Parameters, _now: datetime) -> Finding:
        names = ", ".join(sorted(value)) or "none"
        return Finding(len(value) >= parameters.get("at_least", 1), f"{what}: {names}")

    return judge


def _counted(one: str, many: str) -> Judge:
    """Return a judge of a count: at least so many, one unless told."""

    def judge(value: int, parameters: Parameters, _now: datetime) -> Finding:
        noun = one if value == 1 else many
        return Finding(value >= parameters.get("at_least", 1), f"{value:,} {noun}")

    return judge


def _attested_within(found: Attested, parameters: Parameters, now: datetime) -> Finding:
    """Judge how old the owner's word is; before the first one, how old the registration is."""
    at = found.at
    days = (now - at).days
    what = "Confirmed" if found.by_somebody else "Registered, and not confirmed since,"
    return Finding(days <= parameters["days"], f"{what} on {at.day} {at:%B %Y}")


def _at_least(one: str, many: str, default: int = 1) -> Parameter:
    return whole("at_least", lowest=1, default=default, units=(one, many))


CHECKS = (
    CheckType(
        key="has_owner",
        title="Has an owner",
        fact="owner",
        judge=_named("Owner"),
        asks="a team that owns it",
        unknown="It is not known who owns it.",
        mend=EDIT,
    ),
    CheckType(
        key="owner_has_members",
        title="The owner team has people",
        fact="owner_members",
        judge=_counted("active member", "active members"),
        asks="at least {at_least} in the owner team",
        unknown="Nobody owns it, so there is no team to count.",
        mend=MEMBERS,
        parameters=(_at_least("active person", "active people"),),
    ),
    CheckType(
        key="described",
        title="Is described",
        fact="description_length",
        judge=_counted("character", "characters"),
        asks="a description of at least {at_least}",
        unknown="It is not known whether it is described.",
        mend=EDIT,
        parameters=(_at_least("character", "characters", 20),),
    ),
    CheckType(
        key="has_runbook",
        title="Has a runbook",
        fact="runbook",
        judge=_named("Runbook"),
        asks="the address of a runbook",
        unknown="It is not known whether it has a runbook.",
        mend=EDIT,
    ),
    CheckType(
        key="has_links",
        title="Has links",
        fact="links",
        judge=_counted("link", "links"),
        asks="at least {at_least}",
        unknown="It is not known whether it has links.",
        mend=EDIT,
        parameters=(_at_least("link", "links"),),
    ),
    CheckType(
        key="has_repository",
        title="Its repository is known",
        fact="repositories",
        judge=_counted("repository", "repositories"),
        asks="at least {at_least}",
        unknown="It is not known whether it has a repository.",
        mend=REPOSITORY,
        parameters=(_at_least("repository", "repositories"),),
    ),
    CheckType(
        key="has_production",
        title="Has a production environment",
        fact="production_environments",
        judge=_counted("production environment", "production environments"),
        asks="an environment marked as production",
        unknown="It is not known where it runs.",
        mend=ENVIRONMENT,
    ),
    CheckType(
        key="data_classified",
        title="Its data is classified",
        fact="data_classes",
        judge=_listed("Data"),
        asks="at least one class of data",
        unknown="It is not known what data it holds.",
        mend=EDIT,
    ),
    CheckType(
        key="in_system",
        title="Belongs to a system",
        fact="system",
        judge=_named("System"),
        asks="the system that it is a part of",
        unknown="It is not known which system it belongs to.",
        mend=EDIT,
    ),
    CheckType(
        key="tagged",
        title="Has tags",
        fact="tags",
        judge=_listed("Tags"),
        asks="at least {at_least}",
        unknown="It is not known how it is tagged.",
        mend=EDIT,
        parameters=(_at_least("tag", "tags"),),
    ),
    CheckType(
        key="dependencies_recorded",
        title="Its dependencies are recorded",
        fact="dependencies",
        judge=_counted("dependency", "dependencies"),
        asks="at least {at_least}",
        unknown="It is not known what it needs.",
        mend=DEPENDENCIES,
        parameters=(_at_least("dependency", "dependencies"),),
    ),
    CheckType(
        key="attested_within",
        title="Its owner has confirmed it",
        fact="attested",
        judge=_attested_within,
        asks="the owner's word within {days}",
        unknown="It is not known when its owner confirmed it.",
        mend=OWNERSHIP,
        parameters=(whole("days", lowest=1, highest=3650, default=180, units=("day", "days")),),
    ),
)
