"""Whether a stream may speak: the one read of the database that a hello costs. Blocks; runs in a thread."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection

from replay.accounts.models import WriteKey
from replay.index.arrival import Source
from replay.index.known import known_stream
from replay.index.useragent import read_user_agent
from replay.wire.errors import Code, FrameRefused
from replay.wire.messages import Hello
from replay.wire.text import clean

T = TypeVar("T")

KEY_TTL_S: Final = 30  # how long a revoked key, or an origin that was taken back, may go on speaking
UNKNOWN_TTL_S: Final = 5  # how long a new key may have to wait
MAX_KEYS: Final = 10_000
MAX_PIXELS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Key:
    """A write key, as far as hello needs it."""

    project_id: int
    project: str
    allowed_origins: tuple[str, ...]
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class Admitted:
    """A stream that may speak: who it is, and until when that need not be asked again."""

    source: Source
    next_seq: int
    page_url: str  # where the page is, as far as its kept chunks tell; the hello of a new stream tells it else
    valid_until: float  # monotonic seconds


class Admission:
    """Admits hellos; remembers write keys for a moment."""

    def __init__(self) -> None:
        read_user_agent("Mozilla/5.0")  # loads its tables now, and not while the first page waits
        self._keys: OrderedDict[str, tuple[float, Key | None]] = OrderedDict()

    def admit(self, hello: Hello, origin: str, user_agent: str, received_ms: float) -> Admitted:
        """Return who speaks and from which seq on, or raise ``FrameRefused``."""
        return _asked(lambda: self._admit(hello, origin, user_agent, received_ms))

    def _admit(self, hello: Hello, origin: str, user_agent: str, received_ms: float) -> Admitted:
        key, valid_until = self._valid_key(hello.write_key, origin)
        source = make_source(key, hello, user_agent, received_ms)
        known = known_stream(key.project_id, source.session, source.stream)
        if known is None:
            return Admitted(source, 0, source.entry_url, valid_until)
        if known.is_erased:
            raise FrameRefused(Code.ERASED)
        if not hmac.compare_digest(known.secret_hash, source.secret_hash):
            raise FrameRefused(Code.WRONG_SECRET)
        return Admitted(source, known.next_seq, known.page_url or source.entry_url, valid_until)

    def project_of(self, write_key: str) -> int | None:
        """Return whose a write key is, as far as that is remembered. Does not block."""
        cached = self._keys.get(write_key)
        return cached[1].project_id if cached and cached[1] else None

    def renew(self, write_key: str, origin: str) -> float:
        """Return until when (monotonic) an admitted stream may go on, or raise ``FrameRefused``."""
        return _asked(lambda: self._valid_key(write_key, origin)[1])

    def _valid_key(self, text: str, origin: str) -> tuple[Key, float]:
        valid_until, key = self._look_up(text)
        if key is None:
            raise FrameRefused(Code.UNKNOWN_WRITE_KEY)
        if key.is_revoked:
            raise FrameRefused(Code.REVOKED_WRITE_KEY)
        if key.allowed_origins and origin not in key.allowed_origins:
            raise FrameRefused(Code.FOREIGN_ORIGIN)
        return key, valid_until

    def _look_up(self, text: str) -> tuple[float, Key | None]:
        now = time.monotonic()
        if (cached := self._keys.get(text)) and now < cached[0]:
            return cached
        key = _find_key(text)
        found = self._keys[text] = (now + (KEY_TTL_S if key else UNKNOWN_TTL_S), key)
        while len(self._keys) > MAX_KEYS:
            self._keys.popitem(last=False)
        return found


def _asked(ask: Callable[[], T]) -> T:
    """Return what the database answers; a connection that broke unnoticed is replaced once, without the page's knowing."""
    for is_known_good in (connection.connection is None, True):
        try:
            return ask()
        except (DatabaseError, InterfaceError) as error:
            connection.close()
            if is_known_good:
                raise FrameRefused(Code.INDEX_UNAVAILABLE) from error
        finally:
            if connection.vendor == "postgresql" and not connection.in_atomic_block:  # a test's transaction is not ours
                connection.close_if_unusable_or_obsolete()  # back to the pool: others wait for it
    raise AssertionError("unreachable")


def _find_key(text: str) -> Key | None:
    if "\x00" in text:  # PostgreSQL does not even compare such text
        return None
    row = WriteKey.objects.select_related("project").filter(key=text).first()
    if row is None:
        return None
    return Key(row.project_id, row.project.public_id, tuple(row.project.allowed_origins), row.revoked_at is not None)


def make_source(key: Key, hello: Hello, user_agent: str, received_ms: float) -> Source:
    """Return what the hello tells, clean and cut to size."""
    device = hello.device
    return Source(
        project_id=key.project_id,
        project=key.project,
        session=UUID(hello.session),
        secret_hash=hashlib.sha256(hello.secret.encode()).digest(),
        stream=hello.stream,
        window=hello.window,
        distinct_id=clean(hello.distinct_id, 200),
        recorder=clean(hello.recorder, 20),
        clock_offset_ms=received_ms - hello.client_ms,
        entry_url=clean(hello.page.url, 2048),
        title=clean(hello.page.title, 300),
        viewport_width=_pixels(device.viewport_width),
        viewport_height=_pixels(device.viewport_height),
        language=clean(device.language, 40),
        timezone=clean(device.timezone, 60),
        user_agent=clean(user_agent, 512),
    )


def _pixels(value: float) -> int:
    """Return a length in whole pixels, within reason.

    >>> _pixels(1280.5), _pixels(-1), _pixels(1e300)
    (1280, 0, 100000)
    """
    return int(min(max(value, 0), MAX_PIXELS))
