"""The whole of it: processes, database, store, roads and browsers, and what can be done to them. One thread, one seed."""

from __future__ import annotations

from random import Random
from typing import Final

from replay.wire.frames import Flag
from tests.simulation import actors
from tests.simulation.browser import Browser, Tab
from tests.simulation.database import Database
from tests.simulation.journal import Journal
from tests.simulation.loop import Loop
from tests.simulation.net import Socket
from tests.simulation.process import Process
from tests.simulation.statements import Statements
from tests.simulation.store import ObjectStore
from tests.simulation.tables import Tables
from tests.simulation.weather import Weather

SWEEP_AFTER_MS: Final = 8_000.0  # ten minutes in the product; a schedule lives for one
RESTART_MS: Final = 4_000


class World:
    """Everything that a schedule plays with. Every choice comes from ``random``, so a seed tells the whole story."""

    def __init__(self, random: Random, weather: Weather, *, processes: int = 2, browsers: int = 1, trace: bool = False) -> None:
        self.random = random
        self.weather = weather
        self.trace: list[str] | None = [] if trace else None
        self.loop = Loop()
        self.loop.now = 1_000_000.0  # no time of anybody's is 0
        self.database = Database()
        self.tables = Tables()
        self.statements = Statements(self.tables)
        self.store = ObjectStore(self)
        self.journal = Journal(self)
        self.database_is_up = True
        self.sweep_after_ms = SWEEP_AFTER_MS
        self.identifies = 0.2  # of the chunks
        self.packs_put = 0
        self.frames_up = 0
        self.sockets: dict[Socket, None] = {}
        self._names = 0
        self._lives = 0
        self.processes = [self._process() for _ in range(processes)]
        self.browsers = [Browser(self) for _ in range(browsers)]

    def say(self, text: str) -> None:
        """Write a line of the trace; ask ``trace is not None`` first, since making the text costs."""
        assert self.trace is not None
        self.trace.append(f"{self.loop.now / 1000 - 1000:9.3f} s  {text}")

    def next_name(self) -> int:
        self._names += 1
        return self._names

    def _process(self) -> Process:
        self._lives += 1
        return Process(self, f"web{self._lives}")

    # What people and pages do

    def pick_tab(self) -> Tab:
        """Return some tab; a browser without one opens it."""
        browser = self.random.choice(self.browsers)
        return self.random.choice(browser.tabs) if browser.tabs else browser.open_tab()

    def cut(self) -> None:
        self.pick_tab().cut(Flag.SNAPSHOT if self.random.random() < 0.1 else Flag(0))

    def burst(self) -> None:
        """Much happens at once."""
        tab = self.pick_tab()
        for _ in range(2 + self.random.randrange(6)):
            tab.cut()

    def hide(self) -> None:
        self.pick_tab().hide()

    def duplicate(self) -> None:
        """A second tab: same session, its own stream."""
        browser = self.random.choice(self.browsers)
        if len(browser.tabs) < 3:
            browser.open_tab()

    def reload(self) -> None:
        tab = self.pick_tab()
        tab.leave(is_cached=False)
        if len(tab.browser.tabs) < 4:
            tab.browser.open_tab().cut()

    def into_cache(self) -> None:
        tab = self.pick_tab()
        tab.leave(is_cached=True)
        self.loop.after(self.random.random() * 20_000, tab.come_back if self.random.random() < 0.7 else tab.die)

    def kill_tab(self) -> None:
        self.pick_tab().die()

    def go_offline(self) -> None:
        browser = self.random.choice(self.browsers)
        browser.set_online(False)
        self.loop.after(self.random.random() * 20_000, browser.set_online, True)

    def give_up(self) -> None:
        """Offline, a full spool: a page lets go of what it holds, all but the first; perhaps the server has it all along."""
        tab = self.pick_tab()
        browser = tab.browser
        self.store.stalls_next = self.random.random() < 0.5
        for wait in (0, 300, 600):
            self.loop.after(wait, tab.hide)
        offline = 600 + self.random.random() * 2_000
        self.loop.after(offline, browser.set_online, False)
        self.loop.after(offline + 1_000, self._let_go, tab)
        self.loop.after(offline + 2_000, browser.set_online, True)

    def _let_go(self, tab: Tab) -> None:
        self.store.stalls_next = self.random.random() < 0.5
        for held in list(tab.road.core.unacked)[1:]:
            tab.road.core.give_up(held.seq, "offline_cap")

    def break_socket(self) -> None:
        if self.sockets:
            socket = self.random.choice(list(self.sockets))
            socket.break_off(self.random.random() < self.weather.half_open)

    # What operators and machines do

    def kill_process(self) -> None:
        at = self.random.randrange(len(self.processes))
        if self.processes[at].is_up:
            if self.trace is not None:
                self.say(f"kill -9 {self.processes[at].name}")
            self.processes[at].kill()
            self.loop.after(self.random.random() * RESTART_MS, self.restart, at)

    def roll(self) -> None:
        """SIGTERM; the next one starts when this one is gone."""
        at = self.random.randrange(len(self.processes))
        self.processes[at].terminate()
        self.loop.after(self.random.random() * 15_000, self.restart, at)

    def restart(self, at: int) -> None:
        if not self.processes[at].hears:
            self.processes[at].kill()
            self.processes[at] = self._process()

    def database_down(self) -> None:
        """Every connection is cut; nothing can be asked for a while."""
        self.database_is_up = False
        for transaction in list(self.database.open):
            transaction.lose()
        self.loop.after(self.random.random() * 10_000, self.database_back)

    def database_back(self) -> None:
        self.database_is_up = True

    def store_down(self) -> None:
        self.store.is_up = False
        self.loop.after(self.random.random() * 10_000, self.store_back)

    def store_back(self) -> None:
        self.store.is_up = True

    def press(self) -> None:
        """A process has more than it likes, for a while."""
        process = self.random.choice(self.processes)
        process.press(self.random.random() * 1.2)
        self.loop.after(self.random.random() * 10_000, process.press, 0.0)

    def sweep(self, rounds: int = 6) -> None:
        """The sweeper goes its rounds for a while."""
        actors.sweep(self)
        if rounds > 1:
            self.loop.after(self.random.random() * SWEEP_AFTER_MS, self.sweep, rounds - 1)

    def oversleep(self) -> None:
        """A process stops for a while between its next pack's bytes and rows; meanwhile the sweeper goes its rounds."""
        self.random.choice(self.processes).oversleeps = True
        self.cut()
        self.sweep()

    def compact(self) -> None:
        if self.tables.streams.rows:
            actors.compact(self, self.random.choice(list(self.tables.streams.rows)))

    def close_holes(self) -> None:
        """What is missing is given up, here after seconds; its bytes may come all the same."""
        if self.tables.streams.rows:
            key = self.random.choice(list(self.tables.streams.rows))
            actors.close_holes(self, key, self.random.random() * 5_000)

    def erase(self) -> None:
        if self.tables.sessions.rows:
            actors.erase(self, self.random.choice(list(self.tables.sessions.rows)))

    def read(self) -> None:
        """Somebody watches: what the rows point to must be there, and be what was sent."""
        from tests.simulation.checker import check_one_read

        check_one_read(self)

    def intrude(self) -> None:
        """A stranger, who has the write key and has seen a session's id, says it is theirs."""
        victim = self.random.choice(self.browsers)
        if len(self.browsers) < 3:
            stranger = Browser(self, victim.session)
            self.browsers.append(stranger)
            stranger.open_tab().cut()

    def drop_segment(self, name: str) -> None:
        """Remove an object to which no segment's row points any more."""
        if all(row.key != name for row in self.tables.segments.rows.values()):
            self.store.delete(name)
