"""How does an application of screens run? Its settings from the environment; what is missing, in a sentence."""

import sys
from typing import TypeVar

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from pydantic_settings import BaseSettings

S = TypeVar("S", bound=BaseSettings)


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


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve until told to stop."""
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)
