"""``manage.py import_session``: a recording from a file, or from standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from replay.accounts.models import Project
from replay.index.interchange.errors import ImportRefused
from replay.index.interchange.importing import Progress, import_file
from replay.index.interchange.jobs import most_bytes
from replay.index.interchange.limits import INFLATED_RATIO
from replay.index.keep import IndexUnavailable
from replay.index.ops import PackSwept
from replay.store import open_store, prepare_store
from replay.store.base import StoreUnavailable

READ_BYTES: Final = 1024 * 1024


class Command(BaseCommand):
    help = "Make a session of a recording: rrweb JSON or JSON Lines, our own export, or a peer's; packed with gzip or not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the project's id, as it stands in links")
        parser.add_argument("file", help="the file; - for standard input")
        parser.add_argument("--distinct-id", default="", help="whom to put it under (default: as the file says, else imported)")

    def handle(self, *args: Any, project: str, file: str, distinct_id: str, **options: Any) -> None:
        scope = Project.objects.filter(public_id=project).first()
        if scope is None:
            raise CommandError(f"There is no project {project!r}. Its id stands in its links: /p/<id>/")
        prepare_store()
        try:
            with sys.stdin.buffer if file == "-" else Path(file).open("rb") as source:
                made = import_file(
                    open_store(),
                    scope,
                    _pieces(source),
                    most_bytes=most_bytes() * INFLATED_RATIO,
                    distinct_id=distinct_id,
                    tell=self._tell,
                )
        except OSError as error:
            raise CommandError(f"Cannot read {file}: {error.strerror}") from error
        except ImportRefused as refused:
            raise CommandError(str(refused)) from refused
        except (StoreUnavailable, IndexUnavailable, PackSwept) as error:
            raise CommandError("It cannot be kept right now. Run this again later: it goes on where it was.") from error
        state = f"{made.events:,} events" if made.kept_bytes else f"{made.events:,} events, all here already"
        self.stderr.write(f"{state}, {made.streams:,} page loads ({made.form})")
        self.stdout.write(f"{settings.PUBLIC_URL}/s/{scope.public_id}/{made.session}")

    def _tell(self, progress: Progress) -> None:
        percent = 100 * progress.done_bytes // max(progress.total_bytes, 1)
        ending = "\r" if self.stderr.isatty() else "\n"
        self.stderr.write(f"{percent} % · {progress.events:,} events", ending=ending)


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    while data := source.read(READ_BYTES):
        yield data
