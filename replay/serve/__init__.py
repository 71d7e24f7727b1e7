"""Our way of running the web process: on Daphne, with limits, back-pressure and a polite end.

Daphne as it comes puts no bound on what waits for the application, lets a slow client take its time, closes sockets without
a word when it is told to stop, and drops the connection on a message that is too large, so that the page cannot learn why.
``intake`` bounds what waits, ``socket`` and ``request`` are the protocols that know it, ``door`` says who comes in and how
fast, ``server`` joins them, ``ending`` sees to it that the process is gone within 20 s.
"""

from __future__ import annotations

from typing import Final

from replay.wire import limits

MAX_MESSAGE_BYTES: Final = 2 * limits.MAX_FRAME_BYTES  # twice: a frame somewhat too large gets its coded nack


def serve(host: str, port: int) -> str:
    """Serve until a signal; return why it could not, or an empty string."""
    from replay.serve.server import run  # brings Twisted's reactor, which nobody else should have

    return run(host, port)
