"""Definitions: those that come with the portal, and those that operations write.

Every change is a version with who, when and why; nothing that counted once is lost.
"""

from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.core import jobs
from portal.scorecards import policies
from portal.scorecards.models import Scorecard, Version
from portal.scorecards.rules.reading import DefinitionError, Problem, read_definition

SHIPPED = Path(__file__).resolve().parents[1] / "definitions"
ORDER = ("operational-readiness", "delivery")
PORTAL = "system:scorecards"


class RewrittenMeanwhileError(Exception):
    """Somebody wrote a newer version than the one that the caller has seen."""

    def __init__(self, version: Version) -> None:
        super().__init__(
            f"{version.author} wrote version {version.number} while you were at it:"
            f" {version.reason}"
        )
        self.version = version


class ScorecardExistsError(ValueError):
    """Another scorecard has that short name."""


class NotShippedError(ValueError):
    """The scorecard is the company's own."""


def load_shipped(*, now: datetime) -> None:
    """Take in each definition that came with the portal, where its text is new."""
    for path in sorted(SHIPPED.glob("*.yaml"), key=_place):
        install_definition(text=path.read_text(), position=_place(path)[0], now=now)


def _place(path: Path) -> tuple[int, str]:
    return (ORDER.index(path.stem) if path.stem in ORDER else len(ORDER), path.stem)


@transaction.atomic
def install_definition(*, text: str, position: int, now: datetime) -> Scorecard:
    """Take in a definition that came with the portal; nothing happens when its text is known.

    It counts at once, unless operations have written their own, which then goes on to count.
    """
    definition = read_definition(text)
    scorecard, _ = Scorecard.objects.get_or_create(
        slug=definition.slug, defaults={"title": definition.title, "position": position}
    )
    scorecard = _locked(scorecard)
    if scorecard.shipped and scorecard.shipped.text == text:
        return scorecard
    follows = scorecard.is_as_shipped
    version = _add_version(scorecard, text, PORTAL, "Came with the portal.", now, is_shipped=True)
    scorecard.shipped = version
    if follows:
        scorecard.current, scorecard.title = version, definition.title
    scorecard.save()
    audit.record(
        AuditEvent.SCORECARD_SHIPPED,
        actor=PORTAL,
        subject=scorecard.label,
        now=now,
        data={"version": version.number, "counts": "yes" if follows else "no"},
    )
    _reevaluate(scorecard)
    return scorecard


@transaction.atomic
def create_scorecard(*, text: str, reason: str, actor: User, now: datetime) -> Scorecard:
    """Begin a scorecard of the company's own.

    Raises:
        NotAllowedError: when the actor does not run the portal.
        DefinitionError: when the text is no definition.
        ScorecardExistsError: when its short name is taken.
    """
    policies.require(actor, policies.CHANGE_SCORECARD)
    definition = read_definition(text)
    scorecard, is_new = Scorecard.objects.get_or_create(
        slug=definition.slug, defaults={"title": definition.title, "position": len(ORDER) + 1}
    )
    if not is_new:
        raise ScorecardExistsError(f"There is a scorecard {definition.slug} already. Edit that.")
    _write(scorecard, text, reason, actor, now)
    return scorecard


@transaction.atomic
def change_scorecard(
    *, scorecard: Scorecard, text: str, reason: str, actor: User, now: datetime, seen: int
) -> Scorecard:
    """Let another text count, as a new version; nothing happens if it is the same.

    `seen` is the number of the version that the actor saw.

    Raises:
        NotAllowedError: when the actor does not run the portal.
        RewrittenMeanwhileError: when somebody wrote a version after `seen`.
        DefinitionError: when the text is no definition, or that of another scorecard.
    """
    policies.require(actor, policies.CHANGE_SCORECARD)
    scorecard = _locked(scorecard)
    if scorecard.current and scorecard.current.number != seen:
        raise RewrittenMeanwhileError(scorecard.current)
    require_slug(scorecard, text)
    if scorecard.current is None or scorecard.current.text != text:
        _write(scorecard, text, reason, actor, now)
    return scorecard


@transaction.atomic
def reset_scorecard(*, scorecard: Scorecard, reason: str, actor: User, now: datetime) -> Scorecard:
    """Let the text that came with the portal count again, as a new version.

    Raises:
        NotAllowedError: when the actor does not run the portal.
        NotShippedError: when the scorecard did not come with the portal.
    """
    policies.require(actor, policies.CHANGE_SCORECARD)
    scorecard = _locked(scorecard)
    if scorecard.shipped is None:
        raise NotShippedError(f"{scorecard} did not come with the portal.")
    if not scorecard.is_as_shipped:
        _write(scorecard, scorecard.shipped.text, reason, actor, now)
    return scorecard


def require_slug(scorecard: Scorecard, text: str) -> None:
    """Do nothing when a text is a definition of this scorecard.

    Raises:
        DefinitionError: otherwise.
    """
    definition = read_definition(text)
    if definition.slug != scorecard.slug:
        mend = f"Write “scorecard: {scorecard.slug}”, or begin a new scorecard with this text."
        message = "The short name of a scorecard stays; addresses and history name it."
        raise DefinitionError([Problem(1, "scorecard", message, mend)])


def _locked(scorecard: Scorecard) -> Scorecard:
    return (
        Scorecard.objects.select_for_update(of=("self",))
        .select_related("current", "shipped")
        .get(pk=scorecard.pk)
    )


def _write(scorecard: Scorecard, text: str, reason: str, actor: User, now: datetime) -> None:
    version = _add_version(scorecard, text, actor.label, reason, now)
    scorecard.current, scorecard.title = version, version.definition.title
    scorecard.save()
    audit.record(
        AuditEvent.SCORECARD_CHANGED,
        actor=actor.label,
        subject=scorecard.label,
        now=now,
        data={"version": version.number},
        texts={"reason": reason},
    )
    _reevaluate(scorecard)


def _add_version(
    scorecard: Scorecard,
    text: str,
    author: str,
    reason: str,
    now: datetime,
    *,
    is_shipped: bool = False,
) -> Version:
    latest = scorecard.versions.aggregate(latest=Max("number"))["latest"] or 0
    return Version.objects.create(
        scorecard=scorecard,
        number=latest + 1,
        text=text,
        is_shipped=is_shipped,
        written_by=author,
        written_at=now,
        reason=reason,
    )


def _reevaluate(scorecard: Scorecard) -> None:
    jobs.enqueue("portal.scorecards.tasks.evaluate_all", scorecard=scorecard.slug)
