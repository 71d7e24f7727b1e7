"""PostgreSQL, Redis and S3 for the production layout: those that the environment names, else started natively."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import psycopg
from botocore.config import Config
from psycopg import sql

from scripts.services.all import Services


@dataclass(frozen=True)
class Backends:
    """Running services, and how to get an empty corner in each."""

    env: Mapping[str, str]  # DATABASE_URL (of a superuser), REDIS_URL, S3_ENDPOINT_URL, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY

    @property
    def s3_access_key(self) -> str:
        return self.env["S3_ACCESS_KEY_ID"]

    @property
    def s3_secret_key(self) -> str:
        return self.env["S3_SECRET_ACCESS_KEY"]

    @property
    def hosts(self) -> dict[str, str]:
        """Return where docker-compose.yml's service names answer here."""
        names = {"DATABASE_URL": "postgres:5432", "REDIS_URL": "redis:6379", "S3_ENDPOINT_URL": "s3:3900"}
        return {name: urlsplit(self.env[variable]).netloc.rpartition("@")[2] for variable, name in names.items()}

    def make_database(self, name: str, password: str) -> None:
        """Make an empty database that the role ``playhead`` owns."""
        role = sql.Identifier("playhead")
        with psycopg.connect(self.env["DATABASE_URL"], autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'playhead'").fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), role))

    def drop_database(self, name: str) -> None:
        """Remove the database, whoever is still connected to it."""
        with psycopg.connect(self.env["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def make_bucket(self, name: str) -> None:
        """Make an empty bucket."""
        self.s3().create_bucket(Bucket=name)

    def s3(self) -> Any:
        """Return an S3 client."""
        return boto3.client(
            "s3",
            endpoint_url=self.env["S3_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id=self.s3_access_key,
            aws_secret_access_key=self.s3_secret_key,
            config=Config(s3={"addressing_style": "path"}),
        )


@cache
def get() -> Backends:
    """Return the services that SERVICES_ENV (JSON) names, or start our own; those stay for the next run."""
    if given := os.environ.get("SERVICES_ENV"):
        return Backends(json.loads(given))
    services = Services()
    services.start()
    return Backends(services.env)
