"""A bad line to the server: real TCP between two network namespaces, and our hands on every packet between them.

The pages' side is a namespace of its own; each side has a TUN device, and what the kernel sends into one is put into the
other by a thread that loses, delays, holds back and swallows as it is told. Not tc's netem, which many kernels come
without; the TCP on both sides is the kernel's own. All of it ends with this process.
"""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

CLONE_NEWNET = 0x4000_0000
TUNSETIFF = 0x4004_54CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
IFF_UP, IFF_RUNNING = 0x0001, 0x0040
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFDSTADDR, SIOCSIFMTU = 0x8914, 0x8916, 0x8918, 0x8922
MTU_BYTES = 1500
_links = count(os.getpid() % 60)
_libc = ctypes.CDLL(None, use_errno=True)


class NoLink(Exception):
    """The kernel refuses namespaces or TUN devices here; the message says which."""


@dataclass
class Line:
    """What the line does to a packet, in both directions; may be changed at any time."""

    delay_s: float = 0  # one way
    jitter_s: float = 0  # ± around the delay; packets overtake each other, as they do
    loss: float = 0  # share of packets, 0 … 1
    rate_bps: float = 0  # bits per second, each way; 0: no bound
    queue_s: float = 2  # how much the narrow end may hold before it drops
    most_bytes: int = MTU_BYTES  # larger packets vanish without a word: an MTU black hole
    is_cut: bool = False  # everything vanishes without a word: nobody hears a FIN


class Link:
    """Two ends joined by a line: ``server`` is an address of this namespace, pages live in the other."""

    def __init__(self, seed: int = 0) -> None:
        self.line = Line()
        self.server = f"10.213.{next(_links) % 250}.1"
        self.page = self.server[:-1] + "2"
        self._random = random.Random(seed)
        self._busy_until: dict[int, float] = {}
        self.packets = self.lost = 0
        self._stopping, self._wake = os.pipe()
        self._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self._ends: list[int] = []
        self._away = -1
        try:
            self._ends.append(_tun(self.server, self.page))
            self._in_new_namespace()
        except OSError as problem:
            self.close()
            raise NoLink(f"no network namespace or no TUN device here: {problem}") from problem
        self._thread = threading.Thread(target=self._carry, name="line", daemon=True)
        self._thread.start()

    @property
    def namespace(self) -> str:
        """Return a path by which ``nsenter --net=`` finds the pages' namespace."""
        return f"/proc/{os.getpid()}/fd/{self._away}"

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Make the sockets of this block, on this thread, in the pages' namespace."""
        _enter(self._away)
        try:
            yield
        finally:
            _enter(self._home)

    def socket(self) -> socket.socket:
        """Return a socket of the pages' namespace, not yet connected."""
        with self.inside():
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setblocking(False)
        return made

    def close(self) -> None:
        """Take the line down, and both ends with it."""
        if getattr(self, "_thread", None):
            os.write(self._wake, b"x")
            self._thread.join()
        for end in (*self._ends, self._stopping, self._wake, self._home, *([self._away] if self._away >= 0 else [])):
            os.close(end)

    def _in_new_namespace(self) -> None:
        """Make the pages' end, on a thread that is left in a namespace of its own."""
        problems: list[OSError] = []

        def make() -> None:
            try:
                if _libc.unshare(CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "unshare")
                self._away = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
                _set(b"lo", SIOCSIFFLAGS, struct.pack("H", IFF_UP | IFF_RUNNING))
                self._ends.append(_tun(self.page, self.server))
            except OSError as problem:
                problems.append(problem)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if problems:
            raise problems[0]

    def _carry(self) -> None:
        """Move packets until the end."""
        waiting: list[tuple[float, int, int, bytes]] = []  # when, order, to which end, what
        order = count()
        while True:
            patience = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
            ready, _, _ = select.select([*self._ends, self._stopping], [], [], patience)
            if self._stopping in ready:
                return
            now = time.monotonic()
            for end in ready:
                packet = os.read(end, 65_536)
                at = self._arrives_at(end, len(packet), now)
                if at is not None:
                    heapq.heappush(waiting, (at, next(order), self._ends[1 - self._ends.index(end)], packet))
            while waiting and waiting[0][0] <= now:
                _, _, end, packet = heapq.heappop(waiting)
                if not self.line.is_cut:
                    os.write(end, packet)

    def _arrives_at(self, end: int, size_bytes: int, now: float) -> float | None:
        """Return when a packet arrives, or None where it never does."""
        line = self.line
        self.packets += 1
        if line.is_cut or size_bytes > line.most_bytes or self._random.random() < line.loss:
            self.lost += 1
            return None
        at = now
        if line.rate_bps:
            begins = max(now, self._busy_until.get(end, 0.0))
            if begins - now > line.queue_s:
                self.lost += 1
                return None
            at = self._busy_until[end] = begins + size_bytes * 8 / line.rate_bps
        return at + line.delay_s + (self._random.uniform(-line.jitter_s, line.jitter_s) if line.jitter_s else 0)


@contextmanager
def open_link(seed: int = 0) -> Iterator[Link]:
    """Open a line for as long as the block lasts; raises ``NoLink``."""
    link = Link(seed)
    try:
        yield link
    finally:
        link.close()


def _tun(own: str, other: str) -> int:
    """Make a TUN device in this thread's namespace that leads from one address to the other; return its end for us."""
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    name = fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH14x", b"phline%d", IFF_TUN | IFF_NO_PI))[:16]
    _set(name, SIOCSIFADDR, struct.pack("HH4s", socket.AF_INET, 0, socket.inet_aton(own)))
    _set(name, SIOCSIFDSTADDR, struct.pack("HH4s", socket.AF_INET, 0, socket.inet_aton(other)))
    _set(name, SIOCSIFMTU, struct.pack("i", MTU_BYTES))
    _set(name, SIOCSIFFLAGS, struct.pack("H", IFF_UP | IFF_RUNNING))
    return end


def _set(name: bytes, what: int, value: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, what, struct.pack("16s24s", name, value))


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
