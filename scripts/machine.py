"""What a test run needs of the machine beside Python and Node: Debian packages as root, else containers, else words."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.services.all import PACKAGES, ROOT, Services

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
POLICY = Path("/usr/sbin/policy-rc.d")
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/00-playhead.conf")
SERVICES_COMPOSE = ROOT / "tests/production/services.compose.yml"


class MachineError(Exception):
    """Something is missing that we cannot bring; the message says what to install."""


def browser() -> str | None:
    """Return the Chromium that the journeys drive."""
    return os.environ.get("CHROMIUM") or next((path for name in BROWSERS if (path := shutil.which(name))), None)


def missing_packages() -> list[str]:
    """Return the Debian packages that tests need and this machine lacks."""
    missing = Services().missing_packages()
    if browser() is None:
        missing += ["chromium", "fonts-liberation", "fonts-dejavu-core"]
    if importlib.util.find_spec("ensurepip") is None:
        missing.append("python3-venv")
    return missing


def bring_packages() -> None:
    """Install what is missing, as root on a Debian; else leave services to containers and raise for the rest."""
    if not (missing := missing_packages()):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        if has_docker() and set(missing) <= {package for some in PACKAGES.values() for package in some}:
            return
        raise MachineError(f"missing here; as root on Debian or Ubuntu: apt-get install {' '.join(missing)}")
    print(f"  installing {' '.join(missing)}", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
    if not NO_MAIN_CLUSTER.exists() and "postgresql" in missing:  # our own cluster is enough
        NO_MAIN_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
        NO_MAIN_CLUSTER.write_text("create_main_cluster = false\n")
    with _no_autostart():
        for command in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
            done = subprocess.run(
                ["apt-get", *options, *command], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True
            )
            if done.returncode:
                raise MachineError(f"apt-get {' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def has_docker() -> bool:
    """Say whether docker compose can be used here."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "compose", "ls"], capture_output=True, check=False).returncode == 0


def start_services(services: Services) -> dict[str, str]:
    """Start PostgreSQL, Redis and S3, natively or else in containers, and return how to reach them."""
    if not services.missing_packages():
        services.start()
        return services.env
    if not has_docker():
        raise MachineError(f"install {' '.join(services.missing_packages())}, or docker compose")
    subprocess.run(
        ["docker", "compose", "-f", str(SERVICES_COMPOSE), "up", "-d", "--wait"], check=True, stdin=subprocess.DEVNULL
    )
    return {
        "DATABASE_URL": "postgres://postgres@127.0.0.1:15432/postgres",
        "REDIS_URL": "redis://127.0.0.1:16379/0",
        "S3_ENDPOINT_URL": "http://127.0.0.1:19000",
        "S3_ACCESS_KEY_ID": "GK" + 32 * "0",  # of a store that lives on loopback while tests run
        "S3_SECRET_ACCESS_KEY": 64 * "0",
    }


def stop_services(services: Services) -> None:
    """Stop what ``start_services`` started."""
    if not services.missing_packages():
        services.stop()
    elif has_docker():
        subprocess.run(["docker", "compose", "-f", str(SERVICES_COMPOSE), "down", "-v"], check=False, stdin=subprocess.DEVNULL)


@contextmanager
def _no_autostart() -> Iterator[None]:
    """Keep Debian from starting a service because its package was installed."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
