"""``manage.py serve``: one web process."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from replay.serve import serve
from replay.serve.ending import leave
from replay.store import prepare_store


class Command(BaseCommand):
    help = "Serve pages, the API and ingest on Daphne until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="port to listen on (default: PORT)")

    def handle(self, *args: Any, **options: Any) -> None:
        prepare_store()
        if problem := serve(options["host"], options["port"]):
            raise CommandError(f"cannot listen on {options['host']}:{options['port']}: {problem}")
        leave(0)
