"""What must the shop be told? Where the services are, its key, how customers pay."""

from pathlib import Path

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ShopSettings(BaseSettings):
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
    panel_url: str = Field("http://127.0.0.1:8111", description="Where customers sign in.")
    webhook_secret: SecretStr | None = Field(
        None,
        description="Lets `pay now` play the payment provider, who sends the signed webhook. For trials.",
    )
    provider_name: str = Field("Coterm", description="The provider's name, as customers know it.")
    iban: str = Field("IT60X0542811101000000123456", description="The account that customers pay to.")
    beneficiary: str = Field("Coterm S.r.l.", description="Whose account that is.")
