"""Does a screen refuse to start without what its customers must be told?"""

import pytest

from web.kit.serving import settings_of
from web.shop.settings import ShopSettings

TOLD = {
    "COTERM_SHOP_KEY": "sf_1",
    "COTERM_WEB_SECRET": "s" * 32,
    "COTERM_ORDERS_URL": "http://127.0.0.1:8101",
    "COTERM_BILLING_URL": "http://127.0.0.1:8102",
    "COTERM_PROVISIONING_URL": "http://127.0.0.1:8103",
    "COTERM_NOTIFICATIONS_URL": "http://127.0.0.1:8104",
    "COTERM_PROVIDER_NAME": "Coterm Servizi",
    "COTERM_IBAN": "IT60X0542811101000000123456",
    "COTERM_BENEFICIARY": "Coterm Servizi Srl",
    "COTERM_PANEL_URL": "https://panel.coterm.example",
}


class TestTheShop:
    def test_starts_with_all_that_it_must_say(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in TOLD.items():
            monkeypatch.setenv(name, value)
        assert settings_of("the shop", ShopSettings).iban == TOLD["COTERM_IBAN"]

    @pytest.mark.parametrize(
        "missing", ["COTERM_IBAN", "COTERM_BENEFICIARY", "COTERM_PROVIDER_NAME", "COTERM_SHOP_KEY"]
    )
    def test_names_what_is_missing(self, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
        for name, value in TOLD.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv(missing)
        with pytest.raises(SystemExit, match=missing):
            settings_of("the shop", ShopSettings)
