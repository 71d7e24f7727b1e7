"""Daphne's server with our protocols, a door in front, and a farewell between the signal and the end."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from twisted.internet import reactor as twisted_reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.logger import globalLogBeginner

from replay.serve import patience
from replay.serve.door import Door
from replay.serve.ending import end_in_time
from replay.serve.intake import Inbox, Intake
from replay.serve.request import PoliteHTTPFactory
from replay.serve.socket import PoliteSocket, PoliteSocketFactory
from replay.wire.connection import CLOSE_RESTARTING

logger = logging.getLogger(__name__)
reactor: Any = twisted_reactor  # its interfaces say less than it can do

ACCEPTS_AT_ONCE: Final = 10
BACKLOG: Final = 4_096  # connections that wait to be let in: a whole site's pages after a restart


class PoliteServer(Server):  # type: ignore[misc]
    """Daphne's server, made polite."""

    def __init__(
        self, application: Any, farewell: Callable[[], Awaitable[None]], intake: Intake, door: Door, **options: Any
    ) -> None:
        super().__init__(application, **options)
        self.intake = intake
        self.door = door
        self._farewell = farewell
        self._ports: list[Any] = []
        self._opens_at = 0.0
        self._is_ending = False

    def run(self) -> None:
        """Serve until a signal; the same steps as Daphne's own, with what it has no option for."""
        self.connections: dict[Any, dict[str, Any]] = {}
        self.http_factory = PoliteHTTPFactory(self)
        self.ws_factory = PoliteSocketFactory(self, server=self.server_name)
        self.ws_factory.set_options(self.ping_timeout, self.websocket_handshake_timeout)
        nowhere: Any = lambda event: None  # noqa: E731  # what matters reaches Python's logging through Daphne
        globalLogBeginner.beginLoggingTo([nowhere], redirectStandardIO=False, discardBuffer=True)
        reactor.callLater(1, self.application_checker)
        reactor.callLater(2, self.timeout_checker)
        for description in self.endpoints:
            listening = _endpoint(description).listen(self.http_factory)
            listening.addCallbacks(self._listens, self._cannot_listen)
        asyncio.set_event_loop(reactor._asyncioEventloop)
        reactor.addSystemEventTrigger("before", "shutdown", self._end)
        if not self.abort_start:
            reactor.run(installSignalHandlers=self.signal_handlers)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Inbox | None:
        """Start the application for a connection, and return its inbox."""
        if protocol not in self.connections:
            return None
        inbox = Inbox(self.intake)
        scope.setdefault("asgi", {"version": "3.0"})
        running = self.application(scope=scope, receive=inbox.get, send=partial(self.handle_reply, protocol))
        task = asyncio.ensure_future(running)
        task.add_done_callback(lambda _: inbox.end())
        self.connections[protocol]["application_instance"] = task
        return inbox

    def shut_for(self, seconds: float) -> None:
        """Let nobody in for a moment; who comes meanwhile waits in the kernel's backlog."""
        if self._is_ending:
            return
        is_open = self._opens_at <= reactor.seconds()
        self._opens_at = reactor.seconds() + seconds
        if is_open:
            for port in self._ports:
                port.stopReading()
                port.numberAccepts = ACCEPTS_AT_ONCE
            reactor.callLater(seconds, self._open)

    def _open(self) -> None:
        if self._is_ending:
            return
        if (left_s := self._opens_at - reactor.seconds()) > 0:
            reactor.callLater(left_s, self._open)
            return
        for port in self._ports:
            port.startReading()

    def _listens(self, port: Any) -> None:
        port.numberAccepts = ACCEPTS_AT_ONCE  # Twisted's hundred would pass the door before it can shut
        self._ports.append(port)
        self.listen_success(port)

    def _cannot_listen(self, failure: Any) -> None:
        self.problem = failure.getErrorMessage()
        self.stop()

    problem = ""  # why it could not listen

    def _end(self) -> Deferred[None]:
        """Hold the reactor's end until all goodbyes are said."""
        end_in_time()
        return Deferred.fromFuture(asyncio.ensure_future(self._say_goodbye()))

    async def _say_goodbye(self) -> None:
        logger.info("closing")
        self._is_ending = True
        for port in self._ports:
            port.stopListening()
        try:
            async with asyncio.timeout(patience.CLOSE_WITHIN_S):
                await self._farewell()
                for protocol in list(self.connections):
                    if isinstance(protocol, PoliteSocket) and protocol.state == protocol.STATE_OPEN:
                        protocol.serverClose(CLOSE_RESTARTING)
                await self._wait_for_applications()
        except TimeoutError:
            logger.warning("closed with work at hand")
        logger.info("closed")

    async def _wait_for_applications(self) -> None:
        """Give running requests a moment, then cancel what is left."""
        running = [task for details in self.connections.values() if (task := details.get("application_instance"))]
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=patience.REQUEST_WITHIN_S)
        for task in late:
            task.cancel()


def _endpoint(description: str) -> Any:
    return serverFromString(reactor, f"{description}:backlog={BACKLOG}")  # type: ignore[no-untyped-call]


def raise_file_limit() -> int:
    """Let this process open as many files as it may: each socket is one. Returns how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


COLLECT_AFTER: Final = 50_000  # new objects; a pack under way alone is tens of thousands, and hardly any of them are in circles


def spare_the_collector() -> None:
    """Let Python's collector pass over what stays for good, and come seldom: what ingest makes, counting references frees."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


def run(host: str, port: int) -> str:
    """Serve until a signal; return why it could not, or an empty string."""
    from django.conf import settings

    from replay import asgi

    if (files := raise_file_limit()) < settings.INGEST_SOCKETS + 256:
        logger.warning("only %d files may be open: raise ulimit -n, or lower INGEST_SOCKETS", files)
    reactor.callWhenRunning(asgi.ingest)
    reactor.callWhenRunning(spare_the_collector)
    door = Door(
        sockets=settings.INGEST_SOCKETS,
        sockets_per_address=None if settings.TRUST_PROXY else settings.INGEST_SOCKETS_PER_ADDRESS,  # all come from the proxy
        accepts_per_s=settings.INGEST_ACCEPTS_PER_S,
        unlimited=settings.INGEST_UNLIMITED_NETWORKS,
        shut_for=lambda seconds: server.shut_for(seconds),
        clock=reactor.seconds,
    )
    server = PoliteServer(
        asgi.application,
        asgi.close,
        Intake(settings.INGEST_HELD_MIB * 1024 * 1024),
        door,
        endpoints=build_endpoint_description_strings(host=host, port=port),
        server_name=None,
        websocket_handshake_timeout=patience.HANDSHAKE_WITHIN_S,
        websocket_connect_timeout=patience.HANDSHAKE_WITHIN_S,
        ping_interval=patience.PING_EVERY_S,
        ping_timeout=patience.PONG_WITHIN_S,
        proxy_forwarded_address_header="X-Forwarded-For" if settings.TRUST_PROXY else None,
    )
    server.run()
    return server.problem
