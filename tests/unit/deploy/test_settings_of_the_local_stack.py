"""Does each service get the secrets it needs, and none of another's?"""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local import settings
from deploy.local.layout import SERVICES, Layout
from deploy.local.process import Process
from deploy.local.secrets import Secrets
from runtime.settings import NEEDS, unknown_variables, variables


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    here = Layout(tmp_path)
    here.prepare()
    return here


class TestWhenAServiceIsStarted:
    @pytest.mark.parametrize("service", SERVICES)
    def test_it_gets_what_it_cannot_start_without(self, layout: Layout, service: str) -> None:
        given = settings.of_service(layout, Secrets(layout), service)
        assert [name for name in NEEDS[service] if not given.get(f"COTERM_{name.upper()}")] == []

    @pytest.mark.parametrize("service", SERVICES)
    def test_nothing_is_given_that_nobody_reads(self, layout: Layout, service: str) -> None:
        assert unknown_variables(settings.of_service(layout, Secrets(layout), service)) == []

    def test_billing_holds_no_key_to_personal_data(self, layout: Layout) -> None:
        assert not any("KEYRING" in name for name in settings.of_service(layout, Secrets(layout), "billing"))

    def test_notifications_alone_can_open_hand_overs(self, layout: Layout) -> None:
        secrets = Secrets(layout)
        holders = [
            s for s in SERVICES if secrets["handover-private-key"] in str(settings.of_service(layout, secrets, s))
        ]
        assert holders == ["notifications"]

    def test_a_clock_that_nobody_sets_is_not_looked_at(self, layout: Layout) -> None:
        given = settings.of_service(replace(layout, has_clock=False), Secrets(layout), "orders")
        assert {"COTERM_CLOCK_FILE", "COTERM_DEADLINE_POLL_SECONDS"} & given.keys() == set()

    def test_what_the_environment_names_wins(self, layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COTERM_KAFKA", "broker.example:9092")
        assert settings.of_service(layout, Secrets(layout), "orders")["COTERM_KAFKA"] == "broker.example:9092"

    def test_what_has_a_default_is_given_where_the_environment_says_otherwise(
        self, layout: Layout, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in {"LOG_LEVEL": "DEBUG", "KAFKA": "b:1", "KAFKA_SECURITY": "SSL", "SMTP_TIMEOUT": "5"}.items():
            monkeypatch.setenv(f"COTERM_{name}", value)
        given = settings.of_service(layout, Secrets(layout), "billing")
        assert (given["COTERM_LOG_LEVEL"], given["COTERM_KAFKA_SECURITY"]) == ("DEBUG", "SSL")
        assert "COTERM_SMTP_TIMEOUT" not in given
        assert settings.of_service(layout, Secrets(layout), "notifications")["COTERM_SMTP_TIMEOUT"] == "5"

    def test_another_services_secret_never_comes_from_the_environment(
        self, layout: Layout, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COTERM_KEYRING_MASTER_KEY", "ab" * 32)
        assert "COTERM_KEYRING_MASTER_KEY" not in settings.of_service(layout, Secrets(layout), "billing")

    def test_every_other_setting_can_be_said_there(self, layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in variables():
            monkeypatch.setenv(name, "said")
        given = [settings.of_service(layout, Secrets(layout), service) for service in SERVICES]
        names = {name for each in given for name, value in each.items() if value == "said"}
        for_others = {"FAILPOINT", "POSTGRES_REBUILDER_DSN", "SECRETS_DIR", "ENDPOINTS"}
        assert set(variables()) - names <= {f"COTERM_{name}" for name in for_others}


class TestWhenSecretsAreMade:
    def test_they_stay_the_same_and_are_for_this_user_alone(self, layout: Layout) -> None:
        first = Secrets(layout)["storefront-key"]
        assert Secrets(layout)["storefront-key"] == first
        assert stat.S_IMODE((layout.run / "secrets" / "storefront-key").stat().st_mode) == 0o600


class TestWhenAPidWasGivenAnew:
    def test_the_stranger_is_not_ours(self, layout: Layout) -> None:
        noted = {"pid": os.getpid(), "born": "long ago"}
        (layout.run / "pids" / "orders.json").write_text(json.dumps(noted))
        assert Process(layout, "orders").pid() is None


class TestWhenTheFoldersAreMade:
    def test_others_on_the_machine_read_nothing_of_it(self, layout: Layout) -> None:
        (layout.run / "kafka").chmod(0o755)  # as a stack of before left it
        layout.prepare()
        open_to_others = [each.name for each in layout.run.iterdir() if each.is_dir() and each.stat().st_mode & 0o077]
        assert open_to_others == []
