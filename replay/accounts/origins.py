"""Origins as a browser sends them."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.utils.translation import gettext as _

DEFAULT_PORTS = {"http": 80, "https": 443}


class BadOrigin(ValueError):
    """The text is not an origin; its message is a sentence for people."""


def parse_origin(text: str) -> str:
    """Return the origin in the exact form of the Origin header, or raise BadOrigin.

    >>> parse_origin("HTTPS://Shop.Example:443/")
    'https://shop.example'
    >>> parse_origin("http://localhost:8001")
    'http://localhost:8001'
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadOrigin(_("“%(text)s” is not an address.") % {"text": text[:80]}) from error
    scheme, host = parts.scheme.lower(), parts.hostname or ""
    if scheme not in DEFAULT_PORTS or not host:
        raise BadOrigin(_("“%(text)s” needs http:// or https:// and a host.") % {"text": text[:80]})
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise BadOrigin(_("“%(text)s” says more than scheme, host and port.") % {"text": text[:80]})
    odd = _("“%(text)s” has a host that no browser would send; write each host in full.") % {"text": text[:80]}
    if any(character.isspace() or character in "*\"'<>\\," for character in host):
        raise BadOrigin(odd)
    try:
        host = f"[{host}]" if ":" in host else host.encode("idna").decode()
    except UnicodeError as error:
        raise BadOrigin(odd) from error
    return f"{scheme}://{host}" + (f":{port}" if port and port != DEFAULT_PORTS[scheme] else "")
