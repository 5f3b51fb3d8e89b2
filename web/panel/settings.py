"""What does the panel need to know? Where provisioning is, and the shop that its customers buy in."""

from pathlib import Path

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from web.kit.serving import VisitorSettings


class PanelSettings(VisitorSettings, BaseSettings):
    """The panel's settings, from COTERM_… variables."""

    model_config = SettingsConfigDict(env_prefix="COTERM_", extra="ignore")

    panel_host: str = Field("127.0.0.1", description="Where the panel listens.")
    panel_port: int = Field(8111, description="On which port the panel listens.")
    web_secret: SecretStr = Field(min_length=32, description="Signs cookies, forms and links, as the shop's.")
    orders_url: HttpUrl = Field(description="Where orders answers: the catalogue's names.")
    provisioning_url: HttpUrl = Field(description="Where provisioning answers.")
    shop_url: str = Field("http://127.0.0.1:8110", description="Where customers buy what they add.")
    provider_name: str = Field("Coterm", description="The provider's name, as customers know it.")
    clock_file: Path | None = Field(None, description="The file that replaces the services' clock, in a trial.")
