"""Run the shop: `python -m web.shop`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response

from runtime.clock import Clock, FileClock, SystemClock
from runtime.signing import Signer
from web.kit.application import create
from web.kit.serving import serve, settings_of
from web.shop.area import Area, NotEntered
from web.shop.area import routes as area_routes
from web.shop.coterm import connected
from web.shop.settings import ShopSettings
from web.shop.site import Site
from web.shop.site import routes as site_routes


def shop(settings: ShopSettings, clock: Clock) -> FastAPI:
    """Put the shop together."""
    secret = settings.web_secret.get_secret_value()
    more = {
        "provider": settings.provider_name,
        "style": "coterm-1.css",
        "panel_url": settings.panel_url,
        "contact": settings.support_contact,
    }
    app, pages, sessions = create("shop", Path(__file__).parent, secret, more, settings.limit())

    @app.exception_handler(NotEntered)
    async def ask_for_the_link(request: Request, _: NotEntered) -> Response:
        return pages.write(request, "link_over.html", 403, over=False)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        async with connected(settings, clock) as coterm:
            site = Site(coterm, pages, sessions, settings)
            app.include_router(site_routes(site))
            app.include_router(area_routes(Area(coterm, pages, Signer(secret), clock, sessions), sessions))
            yield

    app.router.lifespan_context = running
    return app


def main() -> None:
    """Serve until told to stop."""
    settings = settings_of("the shop", ShopSettings)
    clock = FileClock(settings.clock_file) if settings.clock_file else SystemClock()
    serve(shop(settings, clock), "shop", settings.shop_host, settings.shop_port, settings.web_trusted_proxies)


if __name__ == "__main__":
    main()
