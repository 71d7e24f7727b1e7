"""``manage.py export_session``: a session as a file, or on standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from replay.accounts.models import Project
from replay.index.errors import NotFound
from replay.index.interchange.exporting import FORMS, Wanted, export_session
from replay.index.models import Session
from replay.index.search import get_session
from replay.store import open_store
from replay.store.base import StoreUnavailable

TELL_EVERY_BYTES: Final = 4 * 1024 * 1024


class Command(BaseCommand):
    help = "Write a session as rrweb JSON: all of it, to import again, or its events for other players."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the project's id, as it stands in links")
        parser.add_argument("session", help="the session's id, as it stands in links")
        parser.add_argument("--form", choices=FORMS, default="playhead", help="playhead (default), rrweb (an array), lines")
        parser.add_argument("--window", default="", help="only this tab")
        parser.add_argument("--stream", default="", help="only this page load")
        parser.add_argument(
            "-o", "--output", default="-", help="a file; packed where it ends with .gz. Default: standard output"
        )

    def handle(self, *args: Any, project: str, session: str, form: str, output: str, **options: Any) -> None:
        scope, found = _find(project, session)
        wanted = Wanted(form, options["window"], options["stream"], gzip=output.endswith(".gz"))
        pieces = export_session(open_store(), scope, found, wanted)
        try:
            if output == "-":
                size = self._write(pieces, sys.stdout.buffer)
            else:
                size = self._write_file(pieces, Path(output))
        except StoreUnavailable as error:
            raise CommandError("The store is out of reach. The recording is not lost; try again shortly.") from error
        except OSError as error:
            raise CommandError(f"Cannot write {output}: {error.strerror}") from error
        self.stderr.write(f"{size:,} bytes written")

    def _write_file(self, pieces: Iterator[bytes], path: Path) -> int:
        """Write beside the file first: what has its name is whole."""
        beside = path.with_name(path.name + ".part")
        try:
            with beside.open("wb") as file:
                size = self._write(pieces, file)
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)
        return size

    def _write(self, pieces: Iterator[bytes], file: BinaryIO) -> int:
        size = told = 0
        for piece in pieces:
            file.write(piece)
            size += len(piece)
            if size - told >= TELL_EVERY_BYTES and self.stderr.isatty():
                told = size
                self.stderr.write(f"\r{size // (1024 * 1024):,} MiB", ending="\r")
        file.flush()
        return size


def _find(public_id: str, session: str) -> tuple[Project, Session]:
    project = Project.objects.filter(public_id=public_id).first()
    if project is None:
        raise CommandError(f"There is no project {public_id!r}. Its id stands in its links: /p/<id>/")
    try:
        found = get_session(project, UUID(session))
    except (ValueError, NotFound) as error:
        raise CommandError(f"There is no session {session!r} in this project.") from error
    if found.erased_at is not None:
        raise CommandError("This session was erased; its recording is gone for good.")
    return project, found
