"""Where a page speaks from, as far as anybody can tell."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network


def address_of(scope: dict[str, Any], *, trust_proxy: bool) -> str:
    """Return the address behind a request or a socket; an IPv6 one as its /64, which one customer has to themselves.

    The last of ``X-Forwarded-For`` is the one that our own proxy wrote; the others are what the visitor claims.

    >>> scope = {"client": ("203.0.113.7", 5), "headers": [(b"x-forwarded-for", b"10.0.0.1, 198.51.100.9")]}
    >>> address_of(scope, trust_proxy=True), address_of(scope, trust_proxy=False)
    ('198.51.100.9', '203.0.113.7')
    >>> address_of({"client": ("2001:db8:1:2:3:4:5:6", 5), "headers": []}, trust_proxy=False)
    '2001:db8:1:2::'
    """
    client = scope.get("client")
    text = str(client[0]) if client else ""
    if trust_proxy and (forwarded := forwarded_for(scope)):
        text = forwarded.rpartition(",")[2].strip()
    return _neighbourhood(text)


def forwarded_for(scope: dict[str, Any]) -> str:
    """Return the header ``X-Forwarded-For``, or an empty string."""
    values = [value for name, value in scope.get("headers", ()) if name == b"x-forwarded-for"]
    return ",".join(bytes(value).decode("latin-1") for value in values)


@lru_cache(maxsize=10_000)
def _neighbourhood(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address) >> 64 << 64, 64)).network_address)


@lru_cache(maxsize=10_000)
def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Say whether an address lies in one of the networks (a tuple).

    >>> from ipaddress import ip_network
    >>> is_within("127.0.0.9", (ip_network("127.0.0.0/8"),)), is_within("", (ip_network("::/0"),))
    (True, False)
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
