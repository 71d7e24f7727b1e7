"""Typed readers for environment variables; a bad value stops the boot with a sentence."""

from __future__ import annotations

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path


class BadSetting(SystemExit):
    """An environment variable has a value that cannot be used."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"playhead: the setting {name} {problem}. See docs/settings.md.")


def text(name: str, default: str = "") -> str:
    """Return the variable, or the content of the file that NAME_FILE names, stripped."""
    path = os.environ.get(f"{name}_FILE")
    if path and name not in os.environ:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise BadSetting(f"{name}_FILE", f"names a file that cannot be read ({error})") from error
    return os.environ.get(name, default).strip()


def boolean(name: str, default: bool) -> bool:
    """Return the variable as a yes or no.

    >>> boolean("PLAYHEAD_NO_SUCH", True)
    True
    """
    value = text(name, str(default)).lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off", ""):
        return False
    raise BadSetting(name, f"is {value!r}; say true or false")


def integer(name: str, default: int, *, least: int, most: int) -> int:
    """Return the variable as a whole number within its bounds."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError as error:
        raise BadSetting(name, f"is {value!r}; say a whole number") from error
    if not least <= number <= most:
        raise BadSetting(name, f"is {number}; say a number from {least} to {most}")
    return number


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """Return the variable, which must be one of the choices."""
    value = text(name, default)
    if value not in choices:
        raise BadSetting(name, f"is {value!r}; say one of {', '.join(choices)}")
    return value


def words(name: str, default: str = "") -> list[str]:
    """Return the comma-separated variable as a list without empty entries."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def networks(name: str, default: str = "") -> list[IPv4Network | IPv6Network]:
    """Return the comma-separated variable as networks; a lone address is a network of one.

    >>> networks("PLAYHEAD_NO_SUCH", "10.0.0.0/8, ::1")
    [IPv4Network('10.0.0.0/8'), IPv6Network('::1/128')]
    """
    try:
        return [ip_network(word) for word in words(name, default)]
    except ValueError as error:
        raise BadSetting(name, f"names no network ({error}); say 10.0.0.0/8, or several with commas") from error


def origin(name: str, default: str = "") -> str:
    """Return the variable as an origin (scheme://host[:port]) without a path, or an empty string."""
    value = text(name, default).rstrip("/")
    if value and (not value.startswith(("http://", "https://")) or value.count("/") != 2):
        raise BadSetting(name, f"is {value!r}; say an origin such as https://replay.example.com")
    return value
