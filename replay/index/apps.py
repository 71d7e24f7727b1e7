from __future__ import annotations

from django.apps import AppConfig


class IndexConfig(AppConfig):
    name = "replay.index"
    label = "replay"
