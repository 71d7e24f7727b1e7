"""Keeps the player's origin for the player alone: there, the server has nothing to sign in to and nothing to record with.

A replay rebuilds hostile pages on that origin. Were the app served there too, a person could sign in on it, and what breaks
out of the stage would find their cookies. At home, where nobody names an origin, both of the machine's names serve all.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

FOLDER: Final = "/player/"
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def is_shut(scope: dict[str, Any]) -> bool:
    """Say whether a request or a socket asks the player's origin for what the player does not need."""
    player, app = settings.PLAYER_ORIGIN, settings.PUBLIC_URL
    if not player or player == app:
        return False
    path = scope["path"]
    if scope["type"] == "http" and (path.startswith(FOLDER) or path in (f"{settings.STATIC_URL}dist/stage.js", "/healthz")):
        return False
    hosts = [value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"host"]
    return any(is_at(host, player, app) for host in hosts)


def is_at(host: str, origin: str, other: str) -> bool:
    """Say whether a Host header names ``origin``; one without a port does unless ``other`` has the same name.

    >>> is_at("Stage.example", "https://stage.example", "https://app.example")
    True
    >>> is_at("stage.example.:443", "https://stage.example", "https://app.example")
    True
    >>> is_at("stage.example", "https://stage.example:8443", "https://app.example")
    True
    >>> is_at("localhost:8000", "http://localhost:8001", "http://localhost:8000")
    False
    """
    wanted, known = urlsplit(origin), urlsplit(other)
    try:
        here = urlsplit(f"{wanted.scheme}://{host}")
        port = here.port
    except ValueError:
        return False  # Django refuses such a host everywhere
    if _name(here) != _name(wanted):
        return False
    if port is None and _name(wanted) != _name(known):
        return True  # a proxy may leave the port out
    return (port or DEFAULT_PORTS[wanted.scheme]) == (wanted.port or DEFAULT_PORTS[wanted.scheme])


def _name(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".")
