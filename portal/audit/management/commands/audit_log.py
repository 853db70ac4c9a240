"""`manage.py audit_log`: how the log stands, its check, its keys, its receipts, a new beginning."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.audit import selectors
from portal.audit.adapters.keys import KeyFileError
from portal.audit.services import checking, sequencing

ACTOR = "command:audit_log"


class Command(BaseCommand):
    """`manage.py audit_log status`, `check`, `receipt 42`, `rotate-key`, `retire-keys`, `begin`."""

    help = "Shows, checks and keeps the log of the audit trail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("status", help="size, last checkpoint and public keys")
        actions.add_parser("check", help="compare everything with what was signed")
        receipt = actions.add_parser("receipt", help="print the receipt of an entry")
        receipt.add_argument("number", type=int)
        actions.add_parser("rotate-key", help="let a new key sign beside the old one")
        actions.add_parser("retire-keys", help="let only the newest key sign")
        begin = actions.add_parser("begin", help="begin a new log, when the old one is broken")
        begin.add_argument("--reason", required=True)

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action.replace('-', '_')}")(**options)
        except (sequencing.BrokenLogError, KeyFileError) as error:
            raise CommandError(str(error)) from error

    def _status(self, **_options: Any) -> None:
        state = selectors.log_state()
        if state is None:
            self.stdout.write("No log has begun yet.")
            return
        self.stdout.write(f"{state.note}\n")
        for key in state.keys:
            self.stdout.write(f"key {key}")
        for alarm in state.alarms:
            self.stdout.write(f"ALARM {alarm.words}")

    def _check(self, **_options: Any) -> None:
        checked = checking.check_log(now=timezone.now())
        for fault in checked.faults:
            self.stdout.write(f"FAULT {fault}")
        self.stdout.write(f"{checked.entries} entries, {checked.leaves} of them in the log.")
        if checked.faults:
            raise CommandError("The log is not what was signed.")

    def _receipt(self, *, number: int, **_options: Any) -> None:
        entry = selectors.entries().filter(pk=number).first()
        if entry is None:
            raise CommandError(f"There is no entry {number}.")
        proof = selectors.proof_of(entry)
        if proof is None:
            raise CommandError("It has no place in the log yet. Try again in a second.")
        self.stdout.write(proof.receipt.text, ending="")

    def _rotate_key(self, **_options: Any) -> None:
        key = sequencing.rotate_key(actor=ACTOR, now=timezone.now())
        self.stdout.write(f"Signs as well: {key}")

    def _retire_keys(self, **_options: Any) -> None:
        number = sequencing.retire_keys(actor=ACTOR, now=timezone.now())
        self.stdout.write(f"{number} older key{'' if number == 1 else 's'} retired.")

    def _begin(self, *, reason: str, **_options: Any) -> None:
        log = sequencing.begin_new_log(reason=reason, actor=ACTOR, now=timezone.now())
        self.stdout.write(f"Began {log}.")
