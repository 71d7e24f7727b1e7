"""An HTTP request on Daphne that has a bound in bytes, and in time."""

from __future__ import annotations

from typing import Any, Final

import daphne.server  # noqa: F401  # before Twisted's reactor is asked for: it installs asyncio's
from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet import reactor as twisted_reactor
from twisted.web import http

from replay.serve import patience
from replay.serve.intake import FAIR_BYTES

reactor: Any = twisted_reactor  # its interfaces say less than it can do
HTTPChannel: Any = http.HTTPChannel
_Negotiating: Any = http._GenericHTTPChannelProtocol

MAX_BODY_BYTES: Final = 8 * 1024 * 1024  # of any HTTP request; Daphne reads it whole before the application sees it

_LATER: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\naccess-control-allow-origin: *\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)


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

    def process(self) -> None:
        """Hand the request on, unless it is large and memory is tight: who sends it can send it again."""
        if self._body_bytes > FAIR_BYTES and self.server.intake.is_tight:
            self.channel.transport.write(_LATER)
            self.channel.loseConnection()
            return
        super().process()


class PoliteChannel(HTTPChannel):  # type: ignore[misc]
    """A connection on which a request arrives in good time; Twisted's own timeout starts anew with every byte."""

    abortTimeout = patience.ABORT_AFTER_S  # noqa: N815
    _deadline: Any = None

    def connectionMade(self) -> None:  # noqa: N802
        super().connectionMade()
        self._expect_within(patience.HEADERS_WITHIN_S)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self._deadline is None and not self._handlingRequest:
            self._expect_within(patience.HEADERS_WITHIN_S)
        super().dataReceived(data)

    def allHeadersReceived(self) -> None:  # noqa: N802
        self._expect_within(patience.BODY_WITHIN_S)
        super().allHeadersReceived()

    def allContentReceived(self) -> None:  # noqa: N802
        self._expect_no_more()
        super().allContentReceived()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self._expect_no_more()
        self.factory.server.door.leave(getattr(self.transport.getPeer(), "host", ""))
        super().connectionLost(reason)

    def _expect_within(self, seconds: float) -> None:
        self._expect_no_more()
        self._deadline = reactor.callLater(seconds, self._too_slow)

    def _expect_no_more(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        self.transport.write(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        self.timeoutConnection()


class PoliteHTTPFactory(HTTPFactory):  # type: ignore[misc]
    """Makes the protocol of a connection, if the door lets it in."""

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.timeOut = patience.IDLE_S

    protocol = staticmethod(lambda: _Negotiating(PoliteChannel()))

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        if not self.server.door.enter(getattr(addr, "host", "")):
            return None  # Twisted closes it
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = PoliteRequest
        return protocol
