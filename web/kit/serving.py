"""How does an application of screens run? Its settings from the environment; what is missing, in a sentence."""

import sys
from typing import TypeVar

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings

from runtime import log
from runtime.web.rates import RateLimit

S = TypeVar("S", bound=BaseSettings)


class VisitorSettings(BaseModel):
    """How often one visitor may ask, and whose word says who that is."""

    web_rate_per_second: float = Field(20.0, gt=0, description="Requests a second that one visitor's address may make.")
    web_rate_burst: int = Field(200, ge=1, description="Requests that it may make at once.")

    web_trusted_proxies: str = Field(
        "127.0.0.1", description="Whose X-Forwarded-For counts: addresses and networks, comma-separated."
    )

    def limit(self) -> RateLimit:
        """Make the limit of one application."""
        return RateLimit(self.web_rate_per_second, self.web_rate_burst)


def settings_of(who: str, kind: type[S]) -> S:
    """Read the settings; end the process with what is wrong with them."""
    try:
        return kind()
    except ValidationError as refused:
        prefix = kind.model_config.get("env_prefix", "")
        wrong = ", ".join(
            ": ".join([*(f"{prefix}{str(place).upper()}" for place in each["loc"][:1]), each["msg"]])
            for each in refused.errors()
        )
        sys.exit(f"{who} can't start: {wrong}")


def serve(app: FastAPI, name: str, host: str, port: int, proxies: str) -> None:
    """Serve until told to stop; what goes wrong is logged without what was typed."""
    log.configure("INFO", name)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=proxies,
    )
