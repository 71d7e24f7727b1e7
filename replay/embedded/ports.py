"""Is this port free?"""

from __future__ import annotations

import socket


def is_taken(port: int) -> bool:
    """Say whether somebody on this machine listens there already, on any of the addresses that we would use."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as caller:
                caller.settimeout(0.5)
                caller.connect((host, port))
                return True
        except OSError:
            continue
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
