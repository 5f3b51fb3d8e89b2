"""Run the operators' desk: `python -m web.desk`."""

import sys
from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI, Request, Response
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from operations.surroundings import Misused, OperationFailed, Pools, Surroundings, find
from web.desk.jobs import Jobs
from web.desk.maintenance import Maintenance
from web.desk.maintenance import routes as maintenance_routes
from web.desk.pages import Desk, NotAnOperator, routes
from web.kit.application import create
from web.kit.serving import VisitorSettings, serve, settings_of


class DeskSettings(VisitorSettings, BaseSettings):
    """The desk's settings, from DESK_… variables."""

    model_config = SettingsConfigDict(env_prefix="DESK_", extra="ignore")

    host: str = Field("127.0.0.1", description="Where the desk listens: on this machine alone, unless told otherwise.")
    port: int = Field(8112, description="On which port the desk listens.")
    secret: SecretStr = Field(min_length=32, description="Signs the desk's cookies and forms.")
    provider: str = Field("Coterm", description="The provider's name.")


def desk(settings: DeskSettings, where: Surroundings) -> FastAPI:
    """Put the desk together."""
    more = {"provider": f"{settings.provider} · desk", "style": "coterm-1.css"}
    app, pages, sessions = create(
        "desk", Path(__file__).parent, settings.secret.get_secret_value(), more, settings.limit()
    )
    pools = Pools()
    app.include_router(routes(Desk(replace(where, pools=pools), pages, sessions), sessions))
    jobs = Jobs(where)
    app.include_router(maintenance_routes(Maintenance(jobs, pages, sessions)))
    app.router.add_event_handler("shutdown", jobs.close)
    app.router.add_event_handler("shutdown", pools.close)

    @app.exception_handler(NotAnOperator)
    async def ask_for_the_key(request: Request, _: NotAnOperator) -> Response:
        return pages.write(request, "sign_in.html", 401, refused=False)

    return app


def main() -> None:
    """Serve until told to stop."""
    settings = settings_of("the desk", DeskSettings)
    try:
        where = find()
    except (Misused, OperationFailed) as error:
        sys.exit(f"the desk can't start: {error}")
    serve(desk(settings, where), "desk", settings.host, settings.port, settings.web_trusted_proxies)


if __name__ == "__main__":
    main()
