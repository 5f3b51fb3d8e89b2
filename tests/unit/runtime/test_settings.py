import json
from pathlib import Path
from typing import Any

import pytest

from runtime.environment import PREFIX
from runtime.errors import SettingsRefused
from runtime.provider_settings import EXAMPLE_IBAN
from runtime.settings import load, unknown_variables

KEY = "ab" * 32
ORDERS = {
    "KAFKA": "127.0.0.1:19092",
    "POSTGRES_DSN": "postgresql://orders_app:s3cret@127.0.0.1:15432/orders",
    "KEYRING_DSN": "postgresql://keyring_app:s3cret@127.0.0.1:15432/keyring",
    "KEYRING_MASTER_KEY": KEY,
    "LOOKUP_KEY": KEY,
    "STOREFRONT_KEYS": f'{{"pec.it": "{KEY}"}}',
    "OPERATOR_KEYS": f'{{"anna": "{KEY}"}}',
    "WEBHOOK_SECRETS": '["whsec_YSBzaGFyZWQgc2VjcmV0IG9mIDI0IGJ5"]',
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [*ORDERS, "CLOCK_FILE", "ENV", "HTTP_PORT", "SECRETS_DIR", "SMTP_HOST", "SMTP_SECURITY"]:
        monkeypatch.delenv(PREFIX + name, raising=False)
    for name, value in ORDERS.items():
        monkeypatch.setenv(PREFIX + name, value)
    return monkeypatch


PROVIDER = {
    "PROVIDER_NAME": "Esempio",
    "PROVIDER_COLOUR": "#005a9c",
    "PROVIDER_WEBSITE": "https://www.example.org/",
    "PROVIDER_ADDRESS": "Via Roma 1, 00184 Roma",
    "SUPPORT_CONTACT": "servizio@example.org",
    "CUSTOMER_AREA_URL": "https://area.example.org",
    "PANEL_URL": "https://panel.example.org",
    "IBAN": "DE89 3704 0044 0532 0130 00",
    "BENEFICIARY": "Esempio Srl",
}
MAILS = {"HANDOVER_PRIVATE_KEY": KEY, "SMTP_HOST": "mail.example.org", "MAIL_FROM": "a@example.org", **PROVIDER}


class TestWhatCustomersAreToldOfTheProvider:
    @pytest.fixture
    def mails(self, environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
        for name, value in MAILS.items():
            environment.setenv(PREFIX + name, value)
        return environment

    def test_is_kept_as_links_and_banks_need_it(self, mails: pytest.MonkeyPatch) -> None:
        settings = load("notifications")
        assert (settings.iban, settings.provider_website) == ("DE89370400440532013000", "https://www.example.org")

    @pytest.mark.parametrize("missing", PROVIDER)
    def test_has_to_be_said(self, mails: pytest.MonkeyPatch, missing: str) -> None:
        mails.delenv(PREFIX + missing)
        with pytest.raises(SettingsRefused, match=f"notifications needs {PREFIX}{missing} "):
            load("notifications")

    @pytest.mark.parametrize(
        ("name", "wrong"),
        [
            ("IBAN", "DE89370400440532013001"),
            ("IBAN", "IT60X054281110100000012345"),
            ("IBAN", "12345"),
            ("PROVIDER_COLOUR", "red"),
            ("PROVIDER_COLOUR", "#005a9c;background:url(x)"),
            ("PROVIDER_WEBSITE", "javascript:alert(1)"),
            ("PANEL_URL", 'https://panel.example.org/"><b'),
            ("PROVIDER_NAME", "Esempio\nPassword: x"),
            ("BENEFICIARY", "  "),
        ],
    )
    def test_that_is_wrong_is_refused_by_its_name(self, mails: pytest.MonkeyPatch, name: str, wrong: str) -> None:
        mails.setenv(PREFIX + name, wrong)
        with pytest.raises(SettingsRefused, match=PREFIX + name):
            load("notifications")

    def test_in_production_is_not_the_example_s_account(self, mails: pytest.MonkeyPatch) -> None:
        mails.setenv("COTERM_IBAN", EXAMPLE_IBAN)
        load("notifications")
        mails.setenv("COTERM_ENV", "production")
        with pytest.raises(SettingsRefused, match="COTERM_IBAN: the example's account is nobody's"):
            load("notifications")


class TestWhenEverythingIsSet:
    def test_a_service_gets_its_own_port(self, environment: pytest.MonkeyPatch) -> None:
        settings = load("orders")
        assert settings.http_port == 8101
        assert settings.batch_size == 500

    def test_a_set_port_wins(self, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("COTERM_HTTP_PORT", "9101")
        assert load("orders").http_port == 9101

    def test_nothing_secret_shows_where_settings_are_printed(self, environment: pytest.MonkeyPatch) -> None:
        settings = load("orders")
        assert "s3cret" not in repr(settings)
        assert "c2VjcmV0" not in repr(settings)
        assert settings.keyring_master_key is not None
        assert KEY not in repr(settings.keyring_master_key)


class TestWhenAValueStandsInAFile:
    def test_the_file_form_of_a_variable_is_read(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("cd" * 32 + "\n")
        environment.delenv("COTERM_LOOKUP_KEY")
        environment.setenv("COTERM_LOOKUP_KEY_FILE", str(tmp_path / "secret"))
        settings = load("orders")
        assert settings.lookup_key is not None
        assert settings.lookup_key.get_secret_value() == "cd" * 32

    def test_json_in_a_file_is_read_as_json(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "keys").write_text(f'{{"shop": "{KEY}"}}')
        environment.delenv("COTERM_STOREFRONT_KEYS")
        environment.setenv("COTERM_STOREFRONT_KEYS_FILE", str(tmp_path / "keys"))
        assert load("orders").storefront_keys == {"shop": KEY}

    def test_a_folder_of_secrets_is_read(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "coterm_lookup_key").write_text("ef" * 32)
        environment.delenv("COTERM_LOOKUP_KEY")
        environment.setenv("COTERM_SECRETS_DIR", str(tmp_path))
        settings = load("orders")
        assert settings.lookup_key is not None
        assert settings.lookup_key.get_secret_value() == "ef" * 32

    def test_a_missing_file_is_refused(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        environment.setenv("COTERM_LOOKUP_KEY_FILE", str(tmp_path / "nowhere"))
        with pytest.raises(SettingsRefused, match="COTERM_LOOKUP_KEY_FILE can't be read"):
            load("orders")

    def test_a_file_without_the_json_it_needs_is_refused(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "keys").write_text("plain")
        environment.delenv("COTERM_STOREFRONT_KEYS")
        environment.setenv("COTERM_STOREFRONT_KEYS_FILE", str(tmp_path / "keys"))
        with pytest.raises(SettingsRefused, match="COTERM_STOREFRONT_KEYS_FILE holds no JSON"):
            load("orders")

    def test_a_missing_folder_is_refused(self, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
        environment.setenv("COTERM_SECRETS_DIR", str(tmp_path / "nowhere"))
        with pytest.raises(SettingsRefused, match="names no folder"):
            load("orders")


class TestWhenSomethingIsWrong:
    def test_everything_missing_is_named_at_once(self, environment: pytest.MonkeyPatch) -> None:
        environment.delenv("COTERM_KAFKA")
        environment.setenv("COTERM_LOOKUP_KEY", "")
        with pytest.raises(SettingsRefused, match="orders needs COTERM_KAFKA, COTERM_LOOKUP_KEY"):
            load("orders")

    def test_a_tool_is_asked_for_nothing(self, environment: pytest.MonkeyPatch) -> None:
        environment.delenv("COTERM_KAFKA")
        assert load().kafka == ""

    @pytest.mark.parametrize(
        ("variable", "value", "message"),
        [
            ("COTERM_KEYRING_MASTER_KEY", "abcd", "32 bytes in hex, not 2"),
            ("COTERM_LOOKUP_KEY", "no hex at all", "must be hex"),
            ("COTERM_HTTP_PORT", "70000", "COTERM_HTTP_PORT"),
            ("COTERM_OPERATOR_KEYS", '{"anna": "plain"}', r"COTERM_OPERATOR_KEYS \(anna\)"),
            ("COTERM_OPERATOR_KEYS", "anna", "operator_keys"),
            ("COTERM_WEBHOOK_SECRETS", '["plain-secret"]', "whsec_"),
            ("COTERM_WEBHOOK_SECRETS", '["whsec_YSBzaGFyZWQgc2VjcmV0IG9mIDI0IGJ5", "whsec_"]', "24 bytes"),
            ("COTERM_WEBHOOK_SECRETS", '["whsec_c2hvcnQ="]', "24 bytes"),
            ("COTERM_WEBHOOK_SECRETS", '["whsec_***"]', "base64"),
        ],
    )
    def test_the_message_names_the_variable_and_never_the_value(
        self, environment: pytest.MonkeyPatch, variable: str, value: str, message: str
    ) -> None:
        environment.setenv(variable, value)
        with pytest.raises(SettingsRefused, match=message) as refused:
            load("orders")
        assert "plain" not in str(refused.value)

    def test_mistyped_variables_are_known_as_such(self) -> None:
        assert unknown_variables({"COTERM_KAFKAA": "x", "COTERM_KAFKA_FILE": "x", "HOME": "x"}) == ["COTERM_KAFKAA"]


WEBHOOK = {
    "name": "pec",
    "storefront": "pec.it",
    "url": "https://pec.it/coterm",
    "secret": "whsec_YSBzaGFyZWQgc2VjcmV0IG9mIDI0IGJ5",
}


class TestWhoIsToldOfEvents:
    def test_is_read_with_its_secret_hidden(self, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("COTERM_WEBHOOKS", json.dumps([WEBHOOK, {**WEBHOOK, "name": "all", "storefront": "*"}]))
        settings = load("orders")
        assert [(each.name, each.storefront) for each in settings.webhooks] == [("pec", "pec.it"), ("all", "*")]
        assert WEBHOOK["secret"] not in repr(settings)

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"secret": "whsec_c2hvcnQ="}, "24 bytes"),
            ({"secret": None}, "secret"),
            ({"url": "ftp://pec.it/x"}, "http"),
            ({"url": "https://user:word@pec.it/x"}, "without user"),
            ({"url": "https://pec.it:x/"}, "url"),
            ({"name": "a b"}, "name"),
            ({"surprise": 1}, "surprise"),
        ],
    )
    def test_is_refused_where_it_can_not_be_told(
        self, environment: pytest.MonkeyPatch, changed: dict[str, Any], said: str
    ) -> None:
        environment.setenv("COTERM_WEBHOOKS", json.dumps([{**WEBHOOK, **changed}]))
        with pytest.raises(SettingsRefused, match=said) as refused:
            load("orders")
        assert WEBHOOK["secret"] not in str(refused.value)

    def test_has_a_name_of_its_own(self, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("COTERM_WEBHOOKS", json.dumps([WEBHOOK, WEBHOOK]))
        with pytest.raises(SettingsRefused, match="two have one name"):
            load("orders")

    @pytest.mark.parametrize(
        "url", ["http://pec.it/x", "https://127.0.0.1/x", "https://10.1.2.3/x", "https://localhost/x", "https://[::1]/"]
    )
    def test_is_on_the_internet_and_over_tls_in_production(self, environment: pytest.MonkeyPatch, url: str) -> None:
        environment.setenv("COTERM_WEBHOOKS", json.dumps([{**WEBHOOK, "url": url}]))
        assert load("orders").webhooks[0].url == url
        environment.setenv("COTERM_ENV", "production")
        with pytest.raises(SettingsRefused, match="pec must be https and no private address"):
            load("orders")


class TestWhenInProduction:
    @pytest.mark.parametrize("variable", ["COTERM_KEYRING_MASTER_KEY", "COTERM_LOOKUP_KEY"])
    def test_the_keys_of_the_example_are_refused(self, environment: pytest.MonkeyPatch, variable: str) -> None:
        environment.setenv(variable, "00" * 32)
        load("orders")
        environment.setenv("COTERM_ENV", "production")
        with pytest.raises(SettingsRefused, match=variable):
            load("orders")

    def test_a_clock_file_is_refused(self, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("COTERM_CLOCK_FILE", "/tmp/clock")
        assert load("orders").clock_file == Path("/tmp/clock")
        environment.setenv("COTERM_ENV", "production")
        with pytest.raises(SettingsRefused, match="COTERM_CLOCK_FILE"):
            load("orders")

    def test_a_failpoint_is_refused(self, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("COTERM_FAILPOINT", "commit.written:2")
        assert load("orders").failpoint == "commit.written:2"
        environment.setenv("COTERM_ENV", "production")
        with pytest.raises(SettingsRefused, match="COTERM_FAILPOINT"):
            load("orders")

    def test_mail_in_the_clear_is_refused(self, environment: pytest.MonkeyPatch) -> None:
        environment.setenv("COTERM_ENV", "production")
        environment.setenv("COTERM_SMTP_HOST", "mail.example")
        environment.setenv("COTERM_SMTP_SECURITY", "none")
        with pytest.raises(SettingsRefused, match="COTERM_SMTP_SECURITY"):
            load("orders")
