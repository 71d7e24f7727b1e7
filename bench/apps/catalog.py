"""The apps, by name."""

from __future__ import annotations

from typing import Final

from bench.apps.altair import ALTAIR
from bench.apps.app import App
from bench.apps.grid import GRID
from bench.apps.nodered import NODE_RED
from bench.apps.swagger import SWAGGER
from bench.apps.verdaccio import VERDACCIO

APPS: Final[dict[str, App]] = {app.name: app for app in (SWAGGER, GRID, VERDACCIO, NODE_RED, ALTAIR)}
