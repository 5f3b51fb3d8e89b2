"""Run the panel: `python -m web.panel`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI
from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from coterm_client import Patience, Storefront
from runtime.signing import Signer
from web.kit.application import create
from web.kit.serving import VisitorSettings, serve, settings_of
from web.panel.pages import Panel, routes, show_turns
from web.panel.provisioning import NotSignedIn, Provisioning, Refused


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


def application(settings: PanelSettings) -> FastAPI:
    """Put the panel together."""
    secret = settings.web_secret.get_secret_value()
    more = {"provider": settings.provider_name, "style": "coterm-1.css"}
    app, pages, sessions = create("panel", Path(__file__).parent, secret, more, settings.limit(), settings.shop_url)
    app.add_exception_handler(NotSignedIn, show_turns)
    app.add_exception_handler(Refused, show_turns)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        front = Storefront(str(settings.orders_url), None, patience=Patience(seconds=3.0))
        async with httpx.AsyncClient(trust_env=False) as client, front:
            provisioning = Provisioning(client, str(settings.provisioning_url))
            panel = Panel(provisioning, front, pages, sessions, Signer(secret), settings.shop_url)
            app.include_router(routes(panel, sessions))
            yield

    app.router.lifespan_context = running
    return app


def main() -> None:
    """Serve until told to stop."""
    settings = settings_of("the panel", PanelSettings)
    serve(application(settings), "panel", settings.panel_host, settings.panel_port, settings.web_trusted_proxies)


if __name__ == "__main__":
    main()
