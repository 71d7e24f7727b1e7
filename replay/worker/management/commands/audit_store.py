"""``manage.py audit_store``: whether rows and bytes agree; says what it would mend, and mends it when told."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from replay.accounts.models import Project
from replay.index.audit import Finding, Progress, audit, is_ours
from replay.store import open_store
from replay.store.base import StoreUnavailable

TELL_EVERY_S: Final = 5.0


class Command(BaseCommand):
    help = (
        "Check that every row has its bytes, every object its row, and every hash is right. Changes nothing without --repair. "
        "Exit code 0: all is well, or was mended; 1: something is not; 2: it could not be looked at."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="mend what is found")
        parser.add_argument("--all-is-lost", action="store_true", help="mend even where none of the newest objects is there")
        parser.add_argument("--project", default="", help="look at one project, by its public id, alone")
        parser.add_argument("--json", action="store_true", help="one JSON object a line: findings, then the sum")

    def handle(self, *args: Any, **options: Any) -> None:
        self._is_json: bool = options["json"]
        project = Project.objects.filter(public_id=options["project"]).first() if options["project"] else None
        if options["project"] and project is None:
            raise CommandError(f"there is no project {options['project']}", returncode=2)
        store = open_store()
        if options["repair"] and not options["all_is_lost"] and not is_ours(store):
            raise CommandError("none of the newest packs and volumes is there: is this the right store?", returncode=2)
        found, mended = Counter[str](), Counter[str]()
        progress = Progress(tell=self._teller())
        try:
            for finding in audit(store, project, progress):
                found[finding.kind] += 1
                is_mended = bool(options["repair"] and finding.mend)
                if is_mended and finding.mend:
                    finding.mend()
                    mended[finding.kind] += 1
                self._say(finding, is_mended=is_mended)
        except StoreUnavailable as error:
            raise CommandError(f"the store cannot be asked: {type(error).__name__}", returncode=2) from error
        self._sum(progress, found, mended)
        if found.total() > mended.total():
            sys.exit(1)

    def _say(self, finding: Finding, *, is_mended: bool) -> None:
        if self._is_json:
            told = {"kind": finding.kind, "what": finding.what, "would": finding.would, "mended": is_mended}
            self.stdout.write(json.dumps(told))
        else:
            self.stdout.write(f"{finding.kind}  {finding.what}  →  {'done: ' if is_mended else ''}{finding.would}")

    def _sum(self, progress: Progress, found: Counter[str], mended: Counter[str]) -> None:
        if self._is_json:
            told = {"looked_at": progress.looked_at, "found": dict(found), "mended": dict(mended)}
            self.stdout.write(json.dumps(told))
            return
        looked = ", ".join(f"{count} {part}" for part, count in progress.looked_at.items())
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(found.items())) or "nothing wrong"
        self.stdout.write(f"looked at {looked}: {kinds}; mended {mended.total()}")

    def _teller(self) -> Any:
        """Return what says now and then how far it is."""
        told_s = time.monotonic()

        def tell(progress: Progress) -> None:
            nonlocal told_s
            if time.monotonic() - told_s > TELL_EVERY_S:
                told_s = time.monotonic()
                self.stderr.write(f"{progress.part}: {progress.looked_at[progress.part]}")

        return tell
