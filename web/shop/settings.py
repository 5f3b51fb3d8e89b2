"""What does the shop need to know? Where the services are, its key, how customers pay."""

from pathlib import Path
from typing import Self

from pydantic import Field, HttpUrl, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.provider_settings import ProviderSettings
from web.kit.serving import VisitorSettings


class ShopSettings(VisitorSettings, ProviderSettings, BaseSettings):
    """The shop's settings, from COTERM_… variables."""

    model_config = SettingsConfigDict(env_prefix="COTERM_", extra="ignore")

    shop_host: str = Field("127.0.0.1", description="Where the shop listens.")
    shop_port: int = Field(8110, description="On which port the shop listens.")
    shop_name: str = Field("pec.it", description="The storefront that orders are placed for.")
    shop_key: SecretStr = Field(description="The storefront's API key.")
    web_secret: SecretStr = Field(min_length=32, description="Signs cookies, forms and the links that mails carry.")
    orders_url: HttpUrl = Field(description="Where orders answers.")
    billing_url: HttpUrl = Field(description="Where billing answers.")
    provisioning_url: HttpUrl = Field(description="Where provisioning answers.")
    notifications_url: HttpUrl = Field(description="Where notifications answers.")
    clock_file: Path | None = Field(None, description="The file that replaces the services' clock, in a trial.")
    webhook_secret: SecretStr | None = Field(
        None,
        description="Lets `pay now` play the payment provider, who sends the signed webhook. For trials.",
    )

    @model_validator(mode="after")
    def _say_who_is_paid_and_where(self) -> Self:
        """Refuse to show a customer nobody's account: an order page says how to pay."""
        needed = ("provider_name", "iban", "beneficiary", "panel_url")
        missing = [f"COTERM_{name.upper()}" for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"set {', '.join(missing)}")
        return self
