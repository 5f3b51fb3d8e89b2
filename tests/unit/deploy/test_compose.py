"""Do the containers get settings that exist, with the defaults that the code has, and nothing beyond what they need?"""

import re
from typing import Any

import pytest
import yaml

from deploy.local.layout import ROOT, SERVICES
from runtime.settings import Settings, variables

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OF_THE_MAIL_CATCHER = {"COTERM_SMTP_HOST", "COTERM_SMTP_PORT", "COTERM_SMTP_SECURITY"}


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
            if named is None or name in OF_THE_MAIL_CATCHER:
                continue
            field = Settings.model_fields[name.removeprefix("COTERM_").lower()]
            assert named[1] == name
            if field.default not in {None, ""}:
                assert named[2] == str(field.default).removesuffix(".0"), name

    def test_what_is_not_secret_and_has_a_default_can_be_said_in_the_environment(self) -> None:
        can = {name for service in SERVICES for name, text in given(service).items() if text.startswith("${")}
        assert {"COTERM_LOG_LEVEL", "COTERM_BATCH_SIZE", "COTERM_SCRUB_ACCOUNTS_PER_MINUTE", "COTERM_ENV"} <= can


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
