"""deploy/nginx.conf alone, before a web process that only writes down what it is asked."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scripts.services.nginx import Nginx
from tests.processes import ROOT, free_port

pytestmark = pytest.mark.postgres  # nginx is there where the services are


@dataclass
class Upstream:
    """A web process that answers with this status and remembers."""

    status: int = 200
    heard: list[Message] = field(default_factory=list)


@dataclass
class Proxy:
    """nginx before two of them."""

    url: str
    upstreams: list[Upstream]

    @property
    def heard(self) -> list[Message]:
        return [message for upstream in self.upstreams for message in upstream.heard]


def serve(upstream: Upstream, stack: ExitStack) -> int:
    """Run an upstream until the stack closes; return its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            upstream.heard.append(self.headers)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(upstream.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    return server.server_port


@pytest.fixture(params=["unix:", "127.0.0.1"], ids=["nothing-in-front", "a-proxy-in-front"])
def trusted(request: pytest.FixtureRequest) -> str:
    """Whom nginx believes about addresses."""
    value: str = request.param
    return value


@pytest.fixture
def proxy(tmp_path: Path, trusted: str) -> Iterator[Proxy]:
    with ExitStack() as stack:
        upstreams = [Upstream(), Upstream()]
        servers = " ".join(f"server 127.0.0.1:{serve(upstream, stack)} max_fails=0;" for upstream in upstreams)
        nginx, port = Nginx(tmp_path), free_port()
        stack.callback(nginx.stop)
        values = {"LISTEN": f"127.0.0.1:{port}", "WEB_SERVERS": servers, "TRUSTED_PROXY": trusted}
        nginx.start(ROOT / "deploy/nginx.conf", values, port)
        yield Proxy(f"http://127.0.0.1:{port}", upstreams)


def ask(url: str, data: bytes | None = None, **headers: str) -> int:
    request = urllib.request.Request(url, data, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_visitor_cannot_choose_an_address(proxy: Proxy, trusted: str) -> None:
    ask(proxy.url, X_Forwarded_For="203.0.113.9")
    passed_on = "127.0.0.1" if trusted == "unix:" else "203.0.113.9"
    assert proxy.heard
    assert all(heard.get_all("X-Forwarded-For") == [passed_on] for heard in proxy.heard)


@pytest.mark.parametrize(("claimed", "passed_on"), [("https", "https"), ("http", "http"), ("gopher, https", "http")])
def test_it_passes_on_where_tls_ended(proxy: Proxy, claimed: str, passed_on: str) -> None:
    ask(proxy.url, X_Forwarded_Proto=claimed, Host="replay.example.com")
    assert proxy.heard
    assert all(heard.get_all("X-Forwarded-Proto") == [passed_on] for heard in proxy.heard)
    assert {heard["Host"] for heard in proxy.heard} == {"replay.example.com"}


def test_a_beacon_that_one_process_refuses_goes_to_the_other(proxy: Proxy) -> None:
    proxy.upstreams[0].status = 503
    assert [ask(f"{proxy.url}/ingest/v1/beacon", b"frames") for _ in range(4)] == [200] * 4
    assert proxy.upstreams[0].heard


def test_nothing_else_is_sent_twice(proxy: Proxy) -> None:
    for upstream in proxy.upstreams:
        upstream.status = 503
    assert ask(f"{proxy.url}/sign-in/", b"password") == 503
    assert len(proxy.heard) == 1


def test_it_refuses_a_body_that_no_beacon_has(proxy: Proxy) -> None:
    assert ask(f"{proxy.url}/ingest/v1/beacon", bytes(3 * 1024 * 1024)) == 413
    assert not proxy.heard


def test_sign_in_links_are_not_in_the_log(proxy: Proxy, tmp_path: Path) -> None:
    ask(f"{proxy.url}/sign-in/link/secret-token/")
    ask(f"{proxy.url}/sessions/")
    log = (tmp_path / "nginx/log/access.log").read_text()
    assert "/sessions/" in log
    assert "secret-token" not in log
