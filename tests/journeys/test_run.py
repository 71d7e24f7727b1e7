"""`make run`, as a person at a terminal meets it: where to go, Ctrl-C, a second time, a taken port."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, expect

from scripts.services.daemon import is_open
from tests.journeys.until import until
from tests.processes import ROOT, clean_env, free_port

READY = "Ctrl-C stops everything"


class Run:
    """A running `make run` and what it has printed so far."""

    def __init__(self, folder: Path, port: int, demo_port: int) -> None:
        env = clean_env(DATA_DIR=str(folder), PORT=str(port), DEMO_PORT=str(demo_port), PYTHONUNBUFFERED="1")
        argv = [sys.executable, "-m", "scripts.run"]
        self.popen = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.printed = ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        with self.popen.stdout as stdout:
            for line in stdout:
                self.printed += line

    def wait_ready(self) -> str:
        """Return the sign-in link once the run says where to go."""
        until(lambda: READY in self.printed or self.popen.poll() is not None, "the run to be ready", timeout_s=120)
        link = re.search(r"http\S+/sign-in/link/\S+", self.printed)
        assert link, self.printed
        return link[0]

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C and return the exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(how)
        code = self.popen.wait(30)
        self.reader.join(5)
        return code


@contextmanager
def _run(folder: Path, port: int, demo_port: int) -> Iterator[Run]:
    run = Run(folder, port, demo_port)
    try:
        yield run
    finally:
        run.end(signal.SIGTERM)


def test_it_says_where_to_go_stops_cleanly_and_keeps_the_data(tmp_path: Path, browser: Browser) -> None:
    port, demo_port = free_port(), free_port()
    with _run(tmp_path, port, demo_port) as run:
        context = browser.new_context()
        page = context.new_page()
        page.goto(run.wait_ready())
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("tr.row")).to_have_count(1)  # the sample: no page is empty
        sample = page.locator("tr.row").get_attribute("id")
        shop = context.new_page()
        shop.goto(f"http://localhost:{demo_port}/")
        until(lambda: page.reload() and page.locator("tr.row").count() == 2, "the visit in the list")
        context.close()
        assert run.end() == 0
        assert "Stopped" in run.printed
        assert not is_open(port)
        assert not is_open(demo_port)

    with _run(tmp_path, port, demo_port) as again:
        page = browser.new_page()
        page.goto(again.wait_ready())
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator(f"tr#{sample}")).to_be_visible()
        expect(page.locator("tr.row")).to_have_count(2)  # and the visit of before
        page.close()


def test_a_taken_port_is_named_with_what_to_do(tmp_path: Path) -> None:
    port, demo_port = free_port(), free_port()
    with socket.create_server(("127.0.0.1", demo_port)), _run(tmp_path, port, demo_port) as run:
        assert run.popen.wait(60) != 0
        run.reader.join(5)
        assert f"port {demo_port} is taken" in run.printed
        assert "DEMO_PORT=" in run.printed
        assert "Traceback" not in run.printed
