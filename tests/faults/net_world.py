"""The embedded layout at the far end of a bad line, and what of it shows on the server's side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.net_link import Line, Link, open_link
from tests.faults.net_pages import CoreCrowd
from tests.faults.world import World, embedded_world
from tests.processes import Process

ESTABLISHED = "01"


@dataclass
class FarWorld:
    """A Playhead that pages reach over the line only."""

    world: World
    link: Link

    @property
    def web(self) -> Process:
        return self.world.layout.webs[0]

    @property
    def origin(self) -> str:
        return f"http://{self.link.server}:{self.web.port}"

    def crowd(self, seed: int, streams: int = 4, **manner: Any) -> CoreCrowd:
        """Return pages at the other end."""
        url = f"ws{self.origin[4:]}/ingest/v1"
        return CoreCrowd(url, self.world.shop.write_key, seed, streams, self.link, **manner)

    def mend(self) -> None:
        """Make the line a good one again."""
        self.link.line = Line()

    def sockets(self) -> int:
        """Return how many connections from the far side the server has open, as the kernel sees it."""
        return len(sockets_of(self.web.port or 0, self.link.page))


def sockets_of(port: int, peer: str = "") -> list[str]:
    """Return the kernel's names of what a server on this port has accepted (from one address) and not closed."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    wanted = "".join(f"{int(part):02X}" for part in reversed(peer.split("."))) if peer else ""
    return [
        row[9]
        for row in rows
        if int(row[1].rpartition(":")[2], 16) == port
        and row[9] != "0"  # nobody's: the kernel says goodbye by itself
        and row[2].rpartition(":")[0] != "00000000"  # listening
        and (not wanted or row[2].startswith(wanted))
    ]


@contextmanager
def far_world(folder: Path, **settings: str) -> Iterator[FarWorld]:
    """Run the embedded layout behind a line; raises ``NoLink``."""
    with (
        open_link(seed=20_261_123) as link,
        embedded_world(folder, ALLOWED_HOSTS=f"localhost,{link.server}", **settings) as world,
    ):
        web = world.layout.webs[0]
        web.stop()
        web.argv += ["--host", "0.0.0.0"]
        web.start()
        yield FarWorld(world, link)
