"""A WebSocket on Daphne that stops reading while its application is behind, and closes with a word."""

from __future__ import annotations

import time
from typing import Any

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from replay.serve import MAX_MESSAGE_BYTES, patience
from replay.serve.intake import Inbox
from replay.wire.connection import CLOSE_NORMAL


class _Outlet:
    """Is told by the transport when more waits to be sent than it likes; Twisted calls such a thing a producer."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def pauseProducing(self) -> None:  # noqa: N802
        self._inbox.note_unheard(True)

    def resumeProducing(self) -> None:  # noqa: N802
        self._inbox.note_unheard(False)

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is lost, which the socket hears itself."""


class PoliteSocket(WebSocketProtocol):  # type: ignore[misc]
    """One socket, and the inbox of its application."""

    _inbox: Inbox | None = None
    inside_message = False  # until autobahn knows better, once hands are shaken
    _begun_at = 0.0  # when the message that is under way began

    def applicationCreateWorked(self, application_queue: Inbox | None) -> None:  # noqa: N802
        if application_queue is None:
            return
        self._inbox = application_queue
        application_queue.pause, application_queue.resume = self._pause, self._resume
        self.transport.unregisterProducer()  # the HTTP channel from which the connection was taken
        self.transport.registerProducer(_Outlet(application_queue), True)
        super().applicationCreateWorked(application_queue)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        super().dataReceived(data)
        if self._inbox is None:
            return
        partial = len(self.data) + (self.message_data_total_length if self.inside_message else 0)
        if partial and not self._inbox.partial_bytes:
            self._begun_at = time.monotonic()
        self._inbox.note_partial(partial)

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        if self._inbox is not None:
            self._inbox.disconnect()
        self.factory.server_class.door.leave(self.transport.getPeer().host)
        super().connectionLost(reason)

    def check_timeouts(self) -> None:
        super().check_timeouts()
        inbox = self._inbox
        if inbox is None or not inbox.partial_bytes or not self.factory.server_class.intake.is_tight:
            return
        if time.monotonic() - self._begun_at > patience.TIGHT_MESSAGE_S:
            self.transport.abortConnection()

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802
        """Close with any code of the standard; autobahn's own ``sendClose`` lets only 1000 and 3000-4999 pass."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=code or CLOSE_NORMAL, isReply=False)

    def _pause(self) -> None:
        self.transport.pauseProducing()

    def _resume(self) -> None:
        if not getattr(self.transport, "disconnecting", False):
            self.transport.resumeProducing()


class PoliteSocketFactory(WebSocketFactory):  # type: ignore[misc]
    protocol = PoliteSocket

    def set_options(self, ping_timeout_s: int, handshake_timeout_s: int) -> None:
        """Say how sockets behave; what Daphne has no option for among it."""
        self.setProtocolOptions(
            autoPingTimeout=ping_timeout_s,
            allowNullOrigin=True,  # origins are checked per project, in admission
            openHandshakeTimeout=handshake_timeout_s,
            maxMessagePayloadSize=MAX_MESSAGE_BYTES,
            maxFramePayloadSize=MAX_MESSAGE_BYTES,
            failByDrop=False,  # say 1009, so that the page can learn why
            perMessageCompressionAccept=lambda offers: None,  # bodies are compressed; and no second kind of bomb
            tcpNoDelay=True,
        )
