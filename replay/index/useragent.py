"""From a user agent string to what a list shows of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ua_parser import parse

_TABLET: Final = re.compile(r"iPad|Tablet|PlayBook|Silk|Android(?!.*Mobile)", re.IGNORECASE)
_MOBILE: Final = re.compile(r"Mobi|iPhone|iPod|Windows Phone", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Agent:
    browser: str = ""
    browser_version: str = ""
    os: str = ""
    device_type: str = ""  # desktop, mobile, tablet; empty: not known


@lru_cache(maxsize=4096)
def read_user_agent(text: str) -> Agent:
    """Return the browser, its version, the system and the kind of device that a header names.

    >>> chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
    >>> read_user_agent(chrome)
    Agent(browser='Chrome', browser_version='141.0', os='Linux', device_type='desktop')
    """
    if not text:
        return Agent()
    found = parse(text[:512])
    browser, system = found.user_agent, found.os
    device = "tablet" if _TABLET.search(text) else "mobile" if _MOBILE.search(text) else "desktop"
    return Agent(
        browser=(browser.family if browser else "")[:60],
        browser_version=".".join(part for part in (browser.major, browser.minor) if part)[:30] if browser else "",
        os=(system.family if system else "")[:60],
        device_type=device,
    )
