"""The services of the production layout, together: where they live, what they need, started at once."""

from __future__ import annotations

import hashlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.services.daemon import ServiceError
from scripts.services.nginx import Nginx
from scripts.services.postgres import Postgres
from scripts.services.radosgw import RadosGW
from scripts.services.redis import Redis

ROOT = Path(__file__).resolve().parents[2]
SERVICES_DIR = "SERVICES_DIR"
PACKAGES = {
    "PostgreSQL": ("postgresql",),
    "Redis": ("redis-server",),
    "S3 (Ceph RadosGW)": ("ceph-mon", "ceph-osd", "radosgw", "ceph-common"),
    "nginx": ("nginx-light",),
}


def default_dir() -> Path:
    """Return this checkout's own state folder: short, and open to PostgreSQL's user, who may not enter a home."""
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    return Path(tempfile.gettempdir()) / f"playhead-services-{os.geteuid()}-{name}"


class Services:
    """PostgreSQL, Redis and S3, started side by side; nginx belongs to each layout."""

    def __init__(self, state: Path | None = None) -> None:
        self.state = state or Path(os.environ.get(SERVICES_DIR) or default_dir()).absolute()
        self.postgres = Postgres(self.state, int(os.environ.get("PG_PORT", "15432")))
        self.redis = Redis(self.state, int(os.environ.get("REDIS_PORT", "16379")))
        self.s3 = RadosGW(self.state, int(os.environ.get("S3_PORT", "19000")))

    @property
    def backends(self) -> tuple[Postgres, Redis, RadosGW]:
        return (self.postgres, self.redis, self.s3)

    def missing_packages(self) -> list[str]:
        """Return the Debian packages that would have to be installed."""
        missing = [one.name for one in (*self.backends, Nginx(self.state)) if not one.is_installed()]
        return [package for name in missing for package in PACKAGES[name]]

    @property
    def env(self) -> dict[str, str]:
        """Return the settings by which a Playhead process reaches them."""
        return {name: value for one in self.backends for name, value in one.env.items()}

    def start(self) -> None:
        """Start all of them and return when all answer."""
        self.state.mkdir(mode=0o711, parents=True, exist_ok=True)
        if self.state.stat().st_uid != os.geteuid():
            raise ServiceError(f"{self.state} belongs to somebody else; set {SERVICES_DIR}")
        with ThreadPoolExecutor() as pool:
            for started in [pool.submit(one.start) for one in self.backends]:
                started.result()

    def stop(self) -> None:
        with ThreadPoolExecutor() as pool:
            for stopped in [pool.submit(one.stop) for one in self.backends]:
                stopped.result()
