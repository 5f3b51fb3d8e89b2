"""Where does the stack listen, and with which keys? `.run/endpoints.json` says so."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict


class Keys(BaseModel):
    """The API keys of the local stack, by scope."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    storefront: str
    operator: str


class Endpoints(BaseModel):
    """A running stack, described; its file is readable by its owner alone, since it holds the keys."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kafka: str
    postgres: dict[str, Any]
    orders: str
    billing: str
    provisioning: str
    notifications: str
    smtp: str
    maildir: Path
    keys: Keys
    clock: Path
    webhook_secret: str
    logs: Path
    screens: dict[str, str] = {}
    """Where people look: shop, panel, desk."""


def read_endpoints(run: Path) -> Endpoints:
    """Read the description of the stack whose files lie in `run`.

    Raises FileNotFoundError when no stack was ever started there.
    """
    return Endpoints.model_validate_json((run / "endpoints.json").read_bytes())
