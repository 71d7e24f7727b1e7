"""Reads docker-compose.yml as Docker would, so that tests start its very commands with its very settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.processes import ROOT

COMPOSE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<how>:[-?])(?P<word>[^}]*))?\})")


class MissingSecret(Exception):
    """.env lacks a variable that docker-compose.yml insists on."""


@dataclass(frozen=True)
class Service:
    """One service: what it runs and with which settings."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    raw: Mapping[str, Any]


def interpolate(text: str, values: Mapping[str, str]) -> str:
    """Replace ${NAME}, ${NAME:-default} and ${NAME:?message} as docker compose does.

    >>> interpolate("${A:-x}/${B:?say B}/$$C", {"B": "b"})
    'x/b/$C'
    """

    def replace(match: re.Match[str]) -> str:
        if match["name"] is None:
            return "$"
        if value := values.get(match["name"], ""):
            return value
        if match["how"] == ":?":
            raise MissingSecret(match["word"])
        return match["word"] or ""

    return VARIABLE.sub(replace, text)


def read(path: Path = COMPOSE) -> dict[str, Any]:
    """Return the file's content, anchors and merges resolved."""
    content: dict[str, Any] = YAML(typ="safe").load(path)
    return content


def services(values: Mapping[str, str], path: Path = COMPOSE) -> dict[str, Service]:
    """Return every service by name, with the variables of .env filled in."""
    found = {}
    for name, raw in read(path)["services"].items():
        environment = {key: interpolate(str(value), values) for key, value in raw.get("environment", {}).items()}
        command = tuple(interpolate(str(word), values) for word in raw.get("command", ()))
        found[name] = Service(name, command, environment, raw)
    return found
