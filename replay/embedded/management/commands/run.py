"""`manage.py run`: the whole of Playhead on one machine, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from replay.accounts.sign_in import link_url, mint_link
from replay.embedded import ports
from replay.embedded.bootstrap import Demo, bootstrap
from replay.embedded.sample import keep_sample
from replay.embedded.supervisor import Child, Supervisor

READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.1


class Command(BaseCommand):
    """Migrate, make the demo project, start web, worker and demo shop, and keep them running."""

    help = "Serve everything on this machine: the app, its worker and the demo shop."
    requires_system_checks = []  # the children check; a second time would cost a second

    def handle(self, *args: Any, **options: Any) -> None:
        started_s = time.monotonic()
        refuse_taken_ports()
        call_command("migrate", interactive=False, verbosity=0)
        demo = bootstrap(demo_origins())
        web, shop, worker = children_for(demo)
        supervisor = Supervisor([web, shop], self.say)
        asked = threading.Event()
        listen_for_stop(asked)
        try:
            supervisor.start()
            if wait_until_ready(supervisor, asked):
                supervisor.add(worker)  # it is in no hurry, and people are
                self.greet(demo, keep_sample(demo, settings.PORT, demo_origins()[0]), time.monotonic() - started_s)
            while not asked.wait(LOOK_EVERY_S):
                supervisor.tend()
        finally:
            self.say("\n  Stopping …")
            supervisor.stop()
            self.say("  Stopped. The data stays where it is.")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def greet(self, demo: Demo, trouble: str, seconds: float) -> None:
        """Say where to go; the sign-in link is good once and for an hour."""
        if trouble:
            self.say(f"  (No sample session: {trouble})")
        self.say(
            f"""
  Playhead is ready ({seconds:.1f} s).

    1  Click around in the demo shop    {demo_origins()[0]}/
    2  Watch it here, sign-in included  {link_url(mint_link(demo.user))}

  Data in {settings.DATA_DIR}, logs in {log_dir()}. Ctrl-C stops everything."""
        )


def demo_origins() -> list[str]:
    return [f"http://localhost:{settings.DEMO_PORT}", f"http://127.0.0.1:{settings.DEMO_PORT}"]


def log_dir() -> Path:
    return Path(settings.DATA_DIR) / "logs"


def refuse_taken_ports() -> None:
    """Stop before anything is touched when somebody else listens on one of our ports."""
    for name, port in (("PORT", settings.PORT), ("DEMO_PORT", settings.DEMO_PORT)):
        if ports.is_taken(port):
            free = port + 10
            raise SystemExit(f"playhead: port {port} is taken by another program. Choose another one: {name}={free} make run")


def children_for(demo: Demo) -> tuple[Child, Child, Child]:
    """Return web, shop and worker; their words are kept in the data directory."""
    base = Path(settings.BASE_DIR)
    manage, shop = str(base / "manage.py"), str(base / "demo" / "server.py")
    flags = ["--port", str(settings.DEMO_PORT), "--app-url", settings.PUBLIC_URL, "--write-key", demo.write_key]
    return (
        Child("web", [manage, "serve"], log_dir() / "web.log", base),
        Child("shop", [shop, *flags], log_dir() / "shop.log", base),
        Child("worker", [manage, "worker"], log_dir() / "worker.log", base),
    )


def listen_for_stop(asked: threading.Event) -> None:
    """Let Ctrl-C, a closed terminal and a service manager all end us the same way."""

    def note(signum: int, frame: FrameType | None) -> None:
        asked.set()

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, note)


def wait_until_ready(supervisor: Supervisor, asked: threading.Event) -> bool:
    """Return True when the web process and the shop answer, False when we were asked to stop before."""
    waiting = [f"http://127.0.0.1:{settings.PORT}/recorder.js", f"http://127.0.0.1:{settings.DEMO_PORT}/"]
    deadline_s = time.monotonic() + READY_WITHIN_S
    while not asked.wait(LOOK_EVERY_S):
        supervisor.tend()
        waiting = [url for url in waiting if not answers(url)]
        if not waiting:
            return True
        if time.monotonic() > deadline_s:
            raise SystemExit(f"playhead: no answer from {waiting[0]} after {READY_WITHIN_S:g} s. See the logs in {log_dir()}.")
    return False


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  an http address of our own
            return bool(answer.status == 200)
    except OSError:
        return False
