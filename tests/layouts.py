"""The two layouts, run natively on loopback: what tests, journeys and benches record into and watch.

``embedded_layout`` is what ``make run`` starts: SQLite, files, one web process. ``production_layout`` is
docker-compose.yml without Docker: its commands and settings, with other ports; PostgreSQL, Redis, a real S3 store and
nginx come from scripts/services. Both give a ``Layout``.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scripts.services.nginx import Nginx
from tests import backends, compose
from tests.processes import ROOT, Process, clean_env, free_port, wait_answer

OWNER = "alice@example.org"
STILL = {"COMPACT_AFTER_S": "0"}  # chunks stay chunks, so that tests find what pages sent; who wants segments says when


@dataclass(frozen=True)
class MadeProject:
    """A project to record into: its public id, its owner's address, its write key, a token for its API."""

    id: str
    name: str
    email: str
    write_key: str
    token: str


@dataclass
class Layout:
    """A running Playhead."""

    kind: str  # embedded, production
    base_url: str  # what a browser opens
    player_origin: str
    webs: list[Process]
    worker: Process
    env: Mapping[str, str]  # of a web process; also right for management commands
    data_dir: Path
    stack: ExitStack = field(repr=False)
    demo: Process | None = None

    @property
    def socket_url(self) -> str:
        """Return the address of the ingest socket, through whatever stands in front."""
        return self.base_url.replace("http", "ws", 1) + "/ingest/v1"

    @property
    def demo_url(self) -> str:
        """Return the demo shop's address."""
        assert self.demo is not None, "call start_demo first"
        return f"http://localhost:{self.demo.port}"

    def manage(self, *arguments: str, **settings: str) -> str:
        """Run a management command, with other settings if need be, and return what it printed."""
        return _run([sys.executable, "manage.py", *arguments], {**self.env, **settings})

    def make_project(self, name: str = "Test shop", email: str = OWNER) -> MadeProject:
        """Make a project with its owner, a write key and an API token."""
        return MadeProject(**self._bootstrap(make="project", email=email, name=name))

    def sign_in_link(self, email: str = OWNER) -> str:
        """Return the address of a new one-time sign-in link."""
        return self._bootstrap(make="link", email=email)["url"]

    def set_password(self, password: str, email: str = OWNER) -> None:
        """Let a user sign in by typing."""
        self._bootstrap(make="password", email=email, password=password)

    def login_cookie(self, email: str = OWNER) -> str:
        """Return the Cookie header of a browser in which this user is signed in."""
        return self._bootstrap(make="login", email=email)["cookie"]

    def start_demo(self, write_key: str) -> str:
        """Start the demo shop, recording with this key, and return its address."""
        if self.demo:  # of another project
            self.demo.stop()
        port = int(self.env["DEMO_PORT"])
        flags = ["--port", str(port), "--app-url", self.base_url, "--write-key", write_key]
        argv = ["python", "demo/server.py", *flags]
        self.demo = Process("demo", argv, self.env, self.data_dir / "log/demo.log", port)
        self._add(self.demo)
        return self.demo_url

    def _add(self, *processes: Process) -> None:
        """Start processes side by side and return when all are ready; they end with the layout."""
        for process in processes:
            self.stack.callback(process.stop)
            process.start(is_waited_for=False)
        self.stack.callback(_ask_to_end, processes)  # all at once, before each is waited for
        for process in processes:
            process.wait_ready()

    def _bootstrap(self, **request: str) -> dict[str, str]:
        answer: dict[str, str] = json.loads(
            _run([sys.executable, "-m", "tests.bootstrap"], self.env, json.dumps(request)).splitlines()[-1]
        )
        return answer


def _ask_to_end(processes: Sequence[Process]) -> None:
    for process in processes:
        process.ask_to_end()


def _run(argv: list[str], env: Mapping[str, str], text: str = "") -> str:
    done = subprocess.run(argv, cwd=ROOT, env=dict(env), input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(argv)} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def embedded_layout(folder: Path, **settings: str) -> Iterator[Layout]:
    """Run the embedded layout with its data in a folder; more settings may be given by name."""
    port, demo_port = free_port(), free_port()
    base_url = f"http://localhost:{port}"
    env = clean_env(
        PORT=str(port),
        DEMO_PORT=str(demo_port),
        WORKER_PORT=str(free_port()),
        PUBLIC_URL=base_url,
        DATA_DIR=str(folder),
        SECRET_KEY=secrets.token_urlsafe(48),
        **{**STILL, **settings},
    )
    log = folder / "log"
    web = Process("web", ["python", "manage.py", "serve"], env, log / "web.log", port)
    worker = Process("worker", ["python", "manage.py", "worker"], env, log / "worker.log")
    with ExitStack() as stack:
        layout = Layout("embedded", base_url, f"http://127.0.0.1:{port}", [web], worker, env, folder, stack)
        layout.manage("migrate", "--noinput")
        layout._add(worker, web)
        wait_answer(base_url + "/healthz")
        yield layout


@contextmanager
def production_layout(folder: Path, services: backends.Backends | None = None, **settings: str) -> Iterator[Layout]:
    """Run docker-compose.yml's processes natively; more settings of the web processes may be given by name."""
    services, nginx = services or backends.get(), Nginx(folder)
    front, demo_port, worker_port = free_port(), free_port(), free_port()
    name = f"playhead_{secrets.token_hex(4)}"
    base_url, player_origin = f"http://localhost:{front}", f"http://127.0.0.1:{front}"
    dotenv = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PUBLIC_URL": base_url,
        "PLAYER_ORIGIN": player_origin,
        "POSTGRES_PASSWORD": secrets.token_hex(12),
        "POSTGRES_DB": name,
        "S3_BUCKET": name.replace("_", "-"),
        "S3_ACCESS_KEY_ID": services.s3_access_key,
        "S3_SECRET_ACCESS_KEY": services.s3_secret_key,
        "GARAGE_RPC_SECRET": secrets.token_hex(32),
        **settings,
    }
    described = compose.services(dotenv)
    ports = {web: free_port() for web in described if web.startswith("web")}
    hosts = {f"{web}:8000": f"127.0.0.1:{port}" for web, port in ports.items()} | services.hosts

    def settings_of(service: str) -> dict[str, str]:
        """Return the service's environment with host names that lead to our loopback ports."""
        mapped = {key: _map_hosts(value, hosts) for key, value in described[service].environment.items()}
        own = {"PORT": str(ports.get(service, 0) or 8000), "DEMO_PORT": str(demo_port), "WORKER_PORT": str(worker_port)}
        return clean_env(
            **mapped | own | STILL | settings | {"DATA_DIR": str(folder / service), "STATIC_ROOT": str(folder / "static")}
        )

    def process(service: str, port: int | None = None) -> Process:
        argv = [word.replace("0.0.0.0", "127.0.0.1") for word in described[service].command]
        return Process(service, argv, settings_of(service), folder / f"log/{service}.log", port)

    with ExitStack() as stack:
        services.make_database(name, dotenv["POSTGRES_PASSWORD"])
        stack.callback(services.drop_database, name)
        services.make_bucket(dotenv["S3_BUCKET"])
        _run([sys.executable, *described["migrate"].command[1:]], settings_of("migrate"))
        webs, worker = [process(web, port) for web, port in ports.items()], process("worker")
        layout = Layout("production", base_url, player_origin, webs, worker, settings_of("web1"), folder, stack)
        layout.manage("collectstatic", "--noinput", "-v0")  # the image does it when it is built
        layout._add(worker, *webs)
        proxy = {key: _map_hosts(value, hosts) for key, value in described["nginx"].environment.items()}
        stack.callback(nginx.stop)
        nginx.start(ROOT / "deploy/nginx.conf", proxy | {"LISTEN": f"127.0.0.1:{front}"}, front)
        wait_answer(base_url + "/healthz")
        yield layout


def _map_hosts(text: str, hosts: Mapping[str, str]) -> str:
    """Replace service names by the loopback addresses at which they answer here.

    >>> _map_hosts("redis://redis:6379/0", {"redis:6379": "127.0.0.1:16379"})
    'redis://127.0.0.1:16379/0'
    """
    for name, address in hosts.items():
        text = text.replace(name, address)
    return text
