"""Our way of running Daphne: with limits, back-pressure and a polite end.

Daphne as it comes puts no bound on what waits for the application, closes sockets without a word when it is told to stop,
and drops the connection on a message that is too large, so that the page cannot learn why. This subclass mends the three.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from daphne.endpoints import build_endpoint_description_strings
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import reactor as twisted_reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.logger import globalLogBeginner

from replay.wire import limits
from replay.wire.connection import CLOSE_NORMAL, CLOSE_RESTARTING

logger = logging.getLogger(__name__)
reactor: Any = twisted_reactor  # its interfaces say less than it can do

PAUSE_BYTES: Final = 1024 * 1024  # that wait for the application, of one socket
RESUME_BYTES: Final = PAUSE_BYTES // 2
MAX_MESSAGE_BYTES: Final = 2 * limits.MAX_FRAME_BYTES  # twice: a frame somewhat too large gets its coded nack
MAX_BODY_BYTES: Final = 8 * 1024 * 1024  # of any HTTP request; Daphne reads it whole before the application sees it
REQUEST_TIMEOUT_S: Final = 3  # that pages and API calls get to finish
CLOSE_TIMEOUT_S: Final = 17  # of the polite end; the process is gone within 20 s


class BoundedQueue(asyncio.Queue[dict[str, Any]]):
    """The application's inbox, which knows how many bytes wait in it."""

    def __init__(self) -> None:
        super().__init__()
        self.size_bytes = 0
        self.transport: Any = None
        self._is_paused = False

    def put_nowait(self, item: dict[str, Any]) -> None:
        super().put_nowait(item)
        self.size_bytes += _size(item)
        if self.size_bytes > PAUSE_BYTES and not self._is_paused and self.transport is not None:
            self._is_paused = True
            self.transport.pauseProducing()

    async def get(self) -> dict[str, Any]:
        item = await super().get()
        self.size_bytes -= _size(item)
        if self._is_paused and self.size_bytes <= RESUME_BYTES and self.transport is not None:
            self._is_paused = False
            if not getattr(self.transport, "disconnecting", False):
                self.transport.resumeProducing()
        return item


def _size(message: dict[str, Any]) -> int:
    return len(message.get("bytes") or message.get("text") or message.get("body") or b"")


class PoliteSocket(WebSocketProtocol):  # type: ignore[misc]
    """A socket that stops reading while its application is behind."""

    def applicationCreateWorked(self, application_queue: BoundedQueue | None) -> None:  # noqa: N802
        if application_queue is None:
            return
        application_queue.transport = self.transport
        super().applicationCreateWorked(application_queue)

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802
        """Close with any code of the standard; autobahn's own ``sendClose`` lets only 1000 and 3000-4999 pass."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=code or CLOSE_NORMAL, isReply=False)


class PoliteSocketFactory(WebSocketFactory):  # type: ignore[misc]
    protocol = PoliteSocket


class PoliteRequest(WebRequest):  # type: ignore[misc]
    """A request whose body has a bound."""

    _body_bytes = 0

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        self._body_bytes += len(data)
        if self._body_bytes <= MAX_BODY_BYTES:
            super().handleContentChunk(data)
        elif self._body_bytes - len(data) <= MAX_BODY_BYTES:
            self.channel.transport.write(b"HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            self.channel.loseConnection()


class PoliteHTTPFactory(HTTPFactory):  # type: ignore[misc]
    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = PoliteRequest
        return protocol


class PoliteServer(Server):  # type: ignore[misc]
    """Daphne's server with our factories, and with a farewell between the signal and the end."""

    def __init__(self, application: Any, farewell: Callable[[], Awaitable[None]], **options: Any) -> None:
        super().__init__(application, websocket_handshake_timeout=5, ping_interval=20, ping_timeout=20, **options)
        self._farewell = farewell
        self._ports: list[Any] = []

    def run(self) -> None:
        """Serve until a signal; the same steps as Daphne's own, with what it has no option for."""
        self.connections: dict[Any, dict[str, Any]] = {}
        self.http_factory = PoliteHTTPFactory(self)
        self.ws_factory = PoliteSocketFactory(self, server=self.server_name)
        self.ws_factory.setProtocolOptions(
            autoPingTimeout=self.ping_timeout,
            allowNullOrigin=True,  # origins are checked per project, in admission
            openHandshakeTimeout=self.websocket_handshake_timeout,
            maxMessagePayloadSize=MAX_MESSAGE_BYTES,
            maxFramePayloadSize=MAX_MESSAGE_BYTES,
            failByDrop=False,  # say 1009, so that the page can learn why
            perMessageCompressionAccept=lambda offers: None,  # bodies are compressed; and no second kind of bomb
            tcpNoDelay=True,
        )
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

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> BoundedQueue | None:
        """Start the application for a connection, and return its inbox."""
        if protocol not in self.connections:
            return None
        inbox = BoundedQueue()
        scope.setdefault("asgi", {"version": "3.0"})
        running = self.application(scope=scope, receive=inbox.get, send=partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(running)
        return inbox

    def _listens(self, port: Any) -> None:
        self._ports.append(port)
        self.listen_success(port)

    def _cannot_listen(self, failure: Any) -> None:
        self.problem = failure.getErrorMessage()
        self.stop()

    problem = ""  # why it could not listen

    def _end(self) -> Deferred[None]:
        """Hold the reactor's end until all goodbyes are said."""
        return Deferred.fromFuture(asyncio.ensure_future(self._say_goodbye()))

    async def _say_goodbye(self) -> None:
        logger.info("closing")
        for port in self._ports:
            port.stopListening()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
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
        _, late = await asyncio.wait(running, timeout=REQUEST_TIMEOUT_S)
        for task in late:
            task.cancel()


def _endpoint(description: str) -> Any:
    return serverFromString(reactor, description)  # type: ignore[no-untyped-call]


def serve(host: str, port: int) -> str:
    """Serve until a signal; return why it could not, or an empty string."""
    from django.conf import settings

    from replay import asgi

    reactor.callWhenRunning(asgi.ingest)
    proxy = {"proxy_forwarded_address_header": "X-Forwarded-For"} if settings.TRUST_PROXY else {}
    endpoints = build_endpoint_description_strings(host=host, port=port)
    server = PoliteServer(asgi.application, asgi.close, endpoints=endpoints, server_name=None, **proxy)
    server.run()
    return server.problem
