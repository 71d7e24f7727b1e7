"""docker-compose.yml and what stands beside it say the same, and hold no secret."""

from __future__ import annotations

import re

import pytest

from scripts.services.nginx import render
from tests import compose
from tests.processes import ROOT

FILLED_IN = {
    name: f"value-of-{name.lower()}"
    for name in (
        "SECRET_KEY",
        "PUBLIC_URL",
        "PLAYER_ORIGIN",
        "POSTGRES_PASSWORD",
        "S3_ACCESS_KEY_ID",
        "S3_SECRET_ACCESS_KEY",
        "GARAGE_RPC_SECRET",
    )
}
READERS = re.compile(r'env\.(?:text|boolean|integer|choice|words|origin)\(\s*"(\w+)"')


def test_it_refuses_to_start_without_each_secret() -> None:
    compose.services(FILLED_IN)
    for name in FILLED_IN:
        with pytest.raises(compose.MissingSecret, match=name):
            compose.services(FILLED_IN | {name: ""})


def test_the_example_names_exactly_what_must_be_filled_in() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert {line.partition("=")[0] for line in lines if line and not line.startswith("#")} == set(FILLED_IN)


def test_no_secret_of_the_example_has_a_value() -> None:
    values = dict(re.findall(r"^(\w+)=(\S*)", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert [name for name, value in values.items() if value] == ["PUBLIC_URL", "PLAYER_ORIGIN"]


def test_every_setting_that_it_gives_is_one_that_playhead_reads() -> None:
    read = set(READERS.findall((ROOT / "replay/settings.py").read_text()))
    given = {
        name for service in ("web1", "web2", "worker", "migrate") for name in compose.services(FILLED_IN)[service].environment
    }
    assert given <= read


def test_web_processes_worker_and_migrations_share_one_set_of_settings() -> None:
    services = compose.services(FILLED_IN)
    assert services["web1"] == compose.Service(
        "web1", services["web2"].command, services["web2"].environment, services["web2"].raw
    )
    assert services["worker"].environment == services["migrate"].environment == services["web1"].environment


def test_the_proxy_knows_every_web_process() -> None:
    services = compose.services(FILLED_IN)
    webs = sorted(name for name in services if name.startswith("web"))
    assert re.findall(r"server (\w+):8000", services["nginx"].environment["WEB_SERVERS"]) == webs
    assert sorted(set(services["nginx"].raw["depends_on"])) == webs


def test_the_proxys_template_is_filled_in_completely() -> None:
    environment = compose.services(FILLED_IN)["nginx"].environment
    assert "${" not in render((ROOT / "deploy/nginx.conf").read_text(), environment)


def test_every_image_names_its_version() -> None:
    images = [service.raw["image"] for service in compose.services(FILLED_IN).values() if "build" not in service.raw]
    assert images
    assert not [image for image in images if ":" not in image or image.endswith(":latest")]


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, service in compose.services(FILLED_IN).items() if "ports" in service.raw] == ["nginx"]


def test_an_e_mail_server_is_told_to_every_process() -> None:
    url = "smtp://mail.example.com:25"
    told = {service.environment.get("EMAIL_URL") for service in compose.services(FILLED_IN | {"EMAIL_URL": url}).values()}
    assert url in told
    assert compose.services(FILLED_IN)["web1"].environment["EMAIL_URL"] == ""
