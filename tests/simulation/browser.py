"""Browsers and their tabs: what ``recorder_js`` is around the page's core: numbering, spool, hiding, coming back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from replay.wire.effects import Effect, Finished, NewSession, NewStream, Stop
from replay.wire.frames import NO_FLAG, ChunkHeader, Codec, Flag, make_chunk
from tests.simulation.drainer import Drainer
from tests.simulation.identity import Identity
from tests.simulation.journal import Stream
from tests.simulation.road import Road
from tests.simulation.statements import POISON

if TYPE_CHECKING:
    from tests.simulation.world import World

SECRET_LENGTH: Final = 43


@dataclass(slots=True)
class Draft:
    """What a cut took out of the buffer; it has no number until its bytes are final."""

    name: int
    flags: Flag
    at_ms: float
    seq: int | None = None

    @property
    def is_numbered(self) -> bool:
        return self.seq is not None


class Browser:
    """Shares a session and a spool among its tabs."""

    def __init__(self, world: World, session: str | None = None) -> None:
        self.world = world
        self.is_online = True
        self.keeps_spool = world.random.random() >= world.weather.spool_lost
        self.tabs: list[Tab] = []
        self.spool: dict[Identity, dict[int, tuple[bytes, Flag]]] = {}
        self.drainer: Drainer | None = None  # under the lock: one for all tabs
        self.distinct_id = f"anon{world.next_name()}"
        self.session, self.secret = session or "", ""
        self.renew(session)

    def renew(self, session: str | None = None) -> None:
        """Begin another session."""
        number = self.world.next_name()
        self.session = session or str(UUID(int=0x018F_0000_0000_7000_8000_0000_0000_0000 + number))
        self.secret = f"{number:0{SECRET_LENGTH}d}"

    def open_tab(self) -> Tab:
        tab = Tab(self)
        self.tabs.append(tab)
        self.look_for_leftovers(tab)
        return tab

    # The spool

    def spool_soon(self, identity: Identity, seq: int, frame: bytes, flags: Flag, tab: Tab) -> None:
        """Write a numbered chunk down; a tab that dies first takes it along."""
        if self.keeps_spool:
            self.world.loop.after(
                self.world.random.random() * self.world.weather.spool_ms, self._spool, identity, seq, frame, flags, tab
            )

    def _spool(self, identity: Identity, seq: int, frame: bytes, flags: Flag, tab: Tab) -> None:
        if not tab.is_dead and seq >= self.world.journal.streams[identity.stream].acked:
            self.spool.setdefault(identity, {})[seq] = frame, flags

    def forget_spooled(self, stream: str, upto: int) -> None:
        for identity, chunks in self.spool.items():
            if identity.stream == stream:
                for seq in [seq for seq in chunks if seq < upto]:
                    del chunks[seq]

    def leftovers(self) -> list[Identity]:
        """Return the streams in the spool that no tab looks after which is awake."""
        awake = {tab.identity.stream for tab in self.tabs if not tab.is_asleep}
        return [who for who, chunks in self.spool.items() if chunks and who.stream not in awake]

    def look_after_leftovers(self) -> None:
        """Have somebody send what is left: a tab that is there, or the next one."""
        if self.leftovers():
            awake = next((tab for tab in self.tabs if not tab.is_asleep), None)
            if awake is None:
                self.open_tab()
            else:
                self.look_for_leftovers(awake)

    def look_for_leftovers(self, tab: Tab) -> None:
        """Have a tab send what others left, if none does."""
        if not tab.is_asleep and (self.drainer is None or not self.drainer.is_alive):
            self.drainer = Drainer(self, tab)
            self.drainer.drain()

    def set_online(self, is_online: bool) -> None:
        """The network goes, or comes back and is noticed."""
        self.is_online = is_online
        for road in self.roads():
            if is_online:
                road.hurry()
            elif road._socket is not None:
                road._socket.break_off(self.world.random.random() < self.world.weather.half_open)

    def roads(self) -> list[Road]:
        """Return every road that somebody looks after."""
        return [road for tab in self.tabs if not tab.is_asleep for road in (*tab.ending, tab.road)]


class Tab:
    """One document, from its load to its end; its stream may be followed by another."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.world = browser.world
        self.is_asleep = False  # in the back/forward cache, or dead
        self.is_dead = False
        self.is_refused = False
        self.ending: list[Road] = []
        self.drafts: list[Draft] = []
        self._next_seq = 0
        self.begin()

    def begin(self) -> None:
        """Begin a stream in the session of now."""
        browser, number = self.browser, self.world.next_name()
        self.identity = Identity(browser.session, browser.secret, f"{number:032x}", browser.distinct_id)
        self.world.journal.streams[self.identity.stream] = Stream(UUID(browser.session), browser.secret)
        self._next_seq = 0
        self.drafts = []
        road = self.road = Road(browser, self.identity, lambda effect: self._on_effect(road, effect))
        if self.world.trace is not None:
            self.world.say(f"page {self.identity.stream[-2:]}: begins in session {browser.session[-2:]}")
        road.start()

    def _on_effect(self, road: Road, effect: Effect) -> None:
        if isinstance(effect, (Finished, NewSession, Stop)) and road in self.ending:
            self.ending.remove(road)
        if road is not self.road:
            return
        if isinstance(effect, Stop):
            self.is_refused = True
        elif isinstance(effect, NewStream):
            self.ending.append(road)
            road.run(road.core.end())
            self.begin()
        elif isinstance(effect, NewSession):
            if self.browser.session == self.identity.session:
                self.browser.renew()
            self.begin()

    # Events in, numbered chunks out

    def cut(self, flags: Flag = NO_FLAG) -> None:
        """Take what the buffer has; an encoder works on it for a while."""
        if self.is_asleep or self.is_refused:
            return
        draft = Draft(self.world.next_name(), flags, self.world.loop.now)
        self.drafts.append(draft)
        wait = self.world.random.random() * self.world.weather.encode_ms
        self.world.loop.after(wait, self.encoded, draft, self.identity)

    def encoded(self, draft: Draft, identity: Identity) -> None:
        """The encoder's answer; one for a draft that was numbered meanwhile is thrown away."""
        if self.is_dead or draft.is_numbered or identity is not self.identity:
            return
        while self.drafts:
            first = self.drafts.pop(0)
            self.number(first, b"[1, 2]")
            if first is draft:
                return

    def flush(self) -> None:
        """Encode all that waits on the spot, and number it."""
        drafts, self.drafts = self.drafts, []
        for draft in drafts:
            self.number(draft, b"[1,2]")

    def number(self, draft: Draft, dom: bytes) -> None:
        seq, self._next_seq = self._next_seq, self._next_seq + 1
        draft.seq = seq
        self.hold(seq, draft, dom)

    def hold(self, seq: int, draft: Draft, dom: bytes) -> None:
        """Make the chunk's bytes final, and hand them to the core and to the spool."""
        log = self._log(draft)
        header = ChunkHeader(
            UUID(self.identity.session),
            self.identity.stream,
            seq,
            draft.flags,
            dom_codec=Codec.JSON,
            log_codec=Codec.JSON,
            dom_raw_length=len(dom),
            log_raw_length=len(log),
            dom_events=2,
            first_ms=draft.at_ms,
            last_ms=draft.at_ms + 10,
            wall_ms=draft.at_ms,
            mono_ms=draft.at_ms,
        )
        chunk = make_chunk(header, dom, log)
        self.world.journal.numbered(self.identity.stream, seq, chunk.header.hash)
        frame = chunk.to_frame()
        self.browser.spool_soon(self.identity, seq, frame, draft.flags, self)
        self.road.keep(seq, frame, draft.flags)

    def _log(self, draft: Draft) -> bytes:
        """Return one event, sometimes an identify, sometimes one that the database will not take."""
        random, name = self.world.random, draft.name
        common = f'"id":"{name}","t":{draft.at_ms}'
        if random.random() < self.world.weather.poison_row:
            return f'[{{{common},"type":"custom","name":"{POISON}"}}]'.encode()
        if random.random() < self.world.identifies:
            person = f"person{random.randrange(2)}"
            names = f'"distinct_id":"{person}","anonymous_id":"{self.browser.distinct_id}"'
            return f'[{{{common},"type":"identify",{names},"properties":{{"{name}":1}}}}]'.encode()
        return f'[{{{common},"type":"custom","name":"e{name}"}}]'.encode()

    # The page's life

    def hide(self) -> None:
        """Another tab is in front: number what waits, at once."""
        if not self.is_asleep:
            self.cut()
            self.flush()

    def leave(self, is_cached: bool) -> None:
        """The page goes: for good, or into the cache."""
        if self.is_asleep:
            return
        self.cut(Flag.FINAL)
        self.flush()
        self.is_asleep = True
        for road in (*self.ending, self.road):
            road.leave()
        if not is_cached:
            self.world.loop.after(self.world.random.random() * 20, self.die)

    def come_back(self) -> None:
        """Out of the cache, as it was."""
        if not self.is_asleep or self.is_dead:
            return
        self.is_asleep = False
        for road in (*self.ending, self.road):
            road.start()
        self.browser.look_for_leftovers(self)
        self.cut()

    def die(self) -> None:
        """The tab is killed, or the cache lets it go: nothing says so."""
        self.is_asleep = self.is_dead = True
        for road in (*self.ending, self.road):
            road.die()
        if self in self.browser.tabs:
            self.browser.tabs.remove(self)
