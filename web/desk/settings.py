"""What does the desk need to know? Where it listens, what signs its cookies; the system, as `coterm` knows it."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from web.kit.serving import VisitorSettings


class DeskSettings(VisitorSettings, BaseSettings):
    """The desk's settings, from DESK_… variables."""

    model_config = SettingsConfigDict(env_prefix="DESK_", extra="ignore")

    host: str = Field("127.0.0.1", description="Where the desk listens: on this machine alone, unless told otherwise.")
    port: int = Field(8112, description="On which port the desk listens.")
    secret: SecretStr = Field(min_length=32, description="Signs the desk's cookies and forms.")
    provider: str = Field("Coterm", description="The provider's name.")
