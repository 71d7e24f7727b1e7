"""nginx on loopback, serving a site file that is rendered the way its container image renders templates."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from scripts.services.daemon import Daemon, ServiceError, is_open, locked

MAIN = """\
daemon off;
worker_processes 1;
pid {state}/run/nginx-own.pid;
error_log {state}/log/error.log warn;
events {{ worker_connections 2048; }}
http {{
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log {state}/log/access.log;
  sendfile on;
  client_body_buffer_size 2m;  # bodies stay in memory: started by root, the worker may not enter our folders
  client_body_temp_path {state}/tmp/body;
  proxy_temp_path {state}/tmp/proxy;
  fastcgi_temp_path {state}/tmp/fastcgi;
  uwsgi_temp_path {state}/tmp/uwsgi;
  scgi_temp_path {state}/tmp/scgi;
  include {state}/site.conf;
}}
"""


def find() -> str | None:
    """Return the nginx program (a plain user's PATH leaves /usr/sbin out)."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def render(template: str, values: Mapping[str, str]) -> str:
    """Replace ${NAME} for the names that have a value and leave nginx's own variables alone.

    >>> render("listen ${PORT}; set $a ${b};", {"PORT": "80"})
    'listen 80; set $a ${b};'
    """
    return re.sub(r"\$\{(\w+)\}", lambda match: values.get(match[1], match[0]), template)


class Nginx:
    name = "nginx"

    def __init__(self, state: Path) -> None:
        self.state = state / "nginx"
        self.daemon = Daemon("nginx", self.state)

    def is_installed(self) -> bool:
        return find() is not None

    def start(self, template: Path, values: Mapping[str, str], port: int) -> None:
        """Start nginx with one site and return when it listens."""
        program = find()
        if program is None:
            raise ServiceError("nginx is not installed")
        with locked(self.state):
            self.daemon.stop(signal.SIGQUIT)
            for folder in ("run", "log", "tmp"):
                (self.state / folder).mkdir(exist_ok=True)
            (self.state / "site.conf").write_text(render(template.read_text(), values))
            (self.state / "nginx.conf").write_text(MAIN.format(state=self.state))
            argv = [
                program,
                "-p",
                str(self.state),
                "-c",
                str(self.state / "nginx.conf"),
                "-e",
                str(self.state / "log/error.log"),
            ]
            checked = subprocess.run([*argv, "-t", "-q"], check=False, capture_output=True, text=True)
            if checked.returncode:
                raise ServiceError(f"nginx refuses {template}:\n{checked.stderr}")
            if is_open(port):
                raise ServiceError(f"port {port} is taken by another program")
            self.daemon.start(argv)
            self.daemon.wait(lambda: is_open(port), timeout_s=15)

    def stop(self) -> None:
        with locked(self.state):
            self.daemon.stop(signal.SIGTERM)
