"""`manage.py oncall`: who is on call, in one line or as JSON."""

import argparse
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from oncall.selectors import who
from oncall.selectors.rotas import rotas_called, rotas_of
from oncall.selectors.who import Answer, ApplicationAnswer
from portal.catalogue.selectors import applications_called, teams_called

UTC = ZoneInfo("UTC")


class Command(BaseCommand):
    """Say who answers for an application, a rota, a team, or in every rota."""

    help = "Say who is on call, and who is next. Without a name: in every rota."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("application", nargs="?", metavar="APP", help="slug or name")
        which.add_argument("--rota", metavar="SLUG")
        which.add_argument("--team", metavar="SLUG", help="all rotas of a team")
        parser.add_argument("--at", metavar="ISO", help="an instant, such as 2026-03-04T22:00Z")
        parser.add_argument("--json", action="store_true", help="for other programs")

    def handle(self, *_args: str, **options: Any) -> None:
        now = timezone.now()
        at = _instant(options["at"]) if options["at"] else now
        for one in _asked(options, at, now):
            line = json.dumps(_facts(one)) if options["json"] else one.sentence(UTC)
            self.stdout.write(line)


def _asked(
    options: dict[str, Any], at: datetime, now: datetime
) -> list[Answer] | list[ApplicationAnswer]:
    if options["application"]:
        found = applications_called(options["application"])
        if not found:
            raise CommandError(f"There is no application {options['application']}.")
        return [who.who_is_on_call(application, at, now) for application in found]
    if options["rota"]:
        rotas = rotas_called(options["rota"])
        if not rotas:
            raise CommandError(f"There is no rota {options['rota']}.")
        return [who.answer_of(rota, at, now) for rota in rotas]
    if options["team"]:
        teams = teams_called(options["team"])
        if not teams:
            raise CommandError(f"There is no team {options['team']}.")
        return [who.answer_of(rota, at, now) for team in teams for rota in rotas_of(team)]
    return who.everywhere(at, now)


def _instant(written: str) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        raise CommandError(f"{written} is no instant. Write it as 2026-03-04T22:00Z.") from error
    if at.tzinfo is None:
        raise CommandError(f"{written} has no time zone. Write it as {written}Z for UTC.")
    return at


def _facts(one: Answer | ApplicationAnswer) -> dict[str, Any]:
    if isinstance(one, ApplicationAnswer):
        facts = {"application": one.application.slug, "why": one.why}
        return facts | (_facts(one.answer) if one.answer else {"standing": one.standing.value})
    return {
        "rota": one.rota.slug,
        "standing": one.standing.value,
        "now": [
            {
                "role": duty.role.value,
                "name": duty.name,
                "email": duty.email,
                "until": duty.until.isoformat(),
            }
            for duty in one.now
        ],
        "next": [
            {"name": duty.name, "starts_at": duty.starts_at.isoformat()} for duty in one.then
        ],
        "known_until": one.known_until.isoformat() if one.known_until else None,
    }
