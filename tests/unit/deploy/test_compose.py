"""Do the containers get settings that exist, with the defaults that the code has, and nothing beyond what they need?"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from deploy.compose_secrets import write
from deploy.local.layout import ROOT, SERVICES
from deploy.pin_images import FILES, images, main, pinned
from operations.surroundings import read_description
from runtime.environment import PREFIX
from runtime.provider_settings import ProviderSettings
from runtime.settings import Settings, variables

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OLD, NEW = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
DEMANDED = {f"{PREFIX}{name.upper()}" for name in ("smtp_host", "mail_from", *ProviderSettings.model_fields)}
TRIAL = dict(
    line.split("=", 1)
    for line in (ROOT / "deploy/trial.env").read_text().splitlines()
    if line and not line.startswith("#")
)


def given(service: str) -> dict[str, str]:
    environment: dict[str, str] = CONTAINERS[service]["environment"]
    return environment


class TestWhenASettingIsGiven:
    @pytest.mark.parametrize("service", SERVICES)
    def test_it_exists(self, service: str) -> None:
        assert set(given(service)) - set(variables()) == set()

    @pytest.mark.parametrize("service", SERVICES)
    def test_left_out_in_the_environment_it_is_what_the_code_says(self, service: str) -> None:
        for name, text in given(service).items():
            named = re.fullmatch(r"\$\{(\w+):-(.*)\}", text)
            if named is None or name == "COTERM_ENV":
                continue
            field = Settings.model_fields[name.removeprefix("COTERM_").lower()]
            assert named[1] == name
            if field.default not in (None, ""):
                assert named[2] == str(field.default).removesuffix(".0"), name

    def test_what_is_not_secret_and_has_a_default_can_be_said_in_the_environment(self) -> None:
        can = {name for service in SERVICES for name, text in given(service).items() if text.startswith("${")}
        assert {"COTERM_LOG_LEVEL", "COTERM_BATCH_SIZE", "COTERM_SCRUB_ACCOUNTS_PER_MINUTE", "COTERM_ENV"} <= can

    def test_it_is_production_unless_something_else_is_said(self) -> None:
        kinds = {name: container["environment"].get("COTERM_ENV") for name, container in CONTAINERS.items()}
        ours = {name: env for name, env in kinds.items() if env is not None}
        assert ours == dict.fromkeys((*SERVICES, "init", "coterm", "desk"), "${COTERM_ENV:-production}")

    def test_what_only_the_operator_can_know_is_demanded(self) -> None:
        demanded = {name: text for name, text in given("notifications").items() if ":?" in text}
        assert demanded.keys() == DEMANDED
        assert all(text.startswith(f"${{{name}:?") and "deploy/.env" in text for name, text in demanded.items())

    def test_a_trial_says_all_that_is_demanded_and_nothing_unknown(self) -> None:
        assert TRIAL.keys() >= DEMANDED
        assert TRIAL.keys() - {"COMPOSE_PROFILES"} <= given("notifications").keys()
        assert (TRIAL["COTERM_ENV"], TRIAL["COMPOSE_PROFILES"]) == ("development", "trial")


class TestWhenAnImageIsNamed:
    @pytest.mark.parametrize("path", FILES)
    def test_its_version_is_exact(self, path: Path) -> None:
        named = images(path.read_text())
        assert named
        for name in named:
            assert re.search(r":v?\d+\.\d+", name), name

    def test_all_are_pinned_or_none(self) -> None:
        assert len({bool(digest) for path in FILES for digest in images(path.read_text()).values()}) == 1

    def test_building_it_fetches_nothing_but_its_base(self) -> None:
        assert "# syntax=" not in (ROOT / "deploy/Dockerfile").read_text()


class TestWhenDigestsAreWritten:
    TEXT = "  a:\n    image: apache/kafka:4.3.1\n  b:\n    image: coterm:local\nFROM python:3.11.14-slim AS x\n"

    def test_each_stands_beside_its_tag(self) -> None:
        assert pinned(self.TEXT, {"apache/kafka:4.3.1": OLD, "python:3.11.14-slim": NEW}) == (
            f"  a:\n    image: apache/kafka:4.3.1@{OLD}\n  b:\n    image: coterm:local\n"
            f"FROM python:3.11.14-slim@{NEW} AS x\n"
        )

    def test_the_next_time_it_takes_the_place_of_the_old(self) -> None:
        once = pinned(self.TEXT, {"apache/kafka:4.3.1": OLD, "python:3.11.14-slim": OLD})
        again = pinned(once, {"apache/kafka:4.3.1": NEW, "python:3.11.14-slim": OLD})
        assert images(again) == {"apache/kafka:4.3.1": NEW, "python:3.11.14-slim": OLD}

    def test_where_one_can_not_be_had_nothing_is_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        docker = tmp_path / "docker"
        docker.write_text('#!/bin/sh\n[ "$1" = compose ] && exit 0\necho no route to host >&2\nexit 1\n')
        docker.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        file = tmp_path / "Dockerfile"
        file.write_text("FROM python:3.11.14-slim\n")
        assert main((file,)) == 1
        assert capsys.readouterr().err == (
            "coterm: docker pull python:3.11.14-slim: no route to host; nothing was written\n"
        )
        assert file.read_text() == "FROM python:3.11.14-slim\n"


class TestWhenSecretsAreMade:
    def test_each_that_the_compose_file_mounts_is_there_and_an_operator_finds_everything(self, tmp_path: Path) -> None:
        write(tmp_path)
        for secret in COMPOSE["secrets"].values():
            assert (tmp_path / Path(secret["file"]).relative_to("secrets")).is_file()
        inside = read_description(tmp_path / "endpoints.json")
        assert inside["kafka"] == "kafka:9092"
        assert inside["orders"] == "http://orders:8101"
        for service in SERVICES:
            assert {role: urlsplit(dsn).hostname for role, dsn in inside["postgres"][service].items()} == (
                dict.fromkeys(("owner", "app", "rebuilder"), "postgres")
            )
        outside = read_description(tmp_path / "host.json")
        assert outside["orders"] == "http://127.0.0.1:8101"
        assert outside["keys"] == inside["keys"]


class TestWhenAContainerRuns:
    @pytest.mark.parametrize("name", CONTAINERS)
    def test_it_has_no_capability_gains_none_and_listens_on_loopback(self, name: str) -> None:
        container = CONTAINERS[name]
        assert container["cap_drop"] == ["ALL"]
        assert container["security_opt"] == ["no-new-privileges:true"]
        assert all(port.startswith("127.0.0.1:") for port in container.get("ports", []))
        assert container["mem_limit"]
        assert container["pids_limit"]

    @pytest.mark.parametrize("name", sorted(CONTAINERS.keys() - {"kafka", "kafka-ui"}))
    def test_it_writes_nothing_into_its_image(self, name: str) -> None:
        assert CONTAINERS[name]["read_only"] is True

    @pytest.mark.parametrize("name", sorted(CONTAINERS.keys() - {"kafka-ui"}))
    def test_it_is_not_root(self, name: str) -> None:
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", CONTAINERS[name]["user"])
