"""Which brokers and databases does an operator work on? COTERM_ variables, else what the local stack describes."""

import importlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.errors import CotermError
from runtime.kafka.brokers import Brokers, addresses_of, brokers_of
from runtime.kafka.log import KAFKA_ERRORS
from runtime.postgres.outbox import JournalReads, open_pool
from runtime.postgres.store import DATABASE_ERRORS
from runtime.service import Service
from runtime.settings import PORTS, load

ENDPOINTS = Path(".run/endpoints.json")
SERVICES = tuple(PORTS)


class OperationFailed(CotermError):
    """A command can't do what it was asked for; its text is the sentence that the operator reads."""


class Misused(CotermError):
    """The command line asks for something that does not exist."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where things are, for one command."""

    brokers: Brokers
    namespace: str
    described: dict[str, Any]
    owner_dsn: str | None
    serving_dsn: str | None = None
    is_production: bool = False
    rebuilding_dsn: str | None = None

    def dsn(self, service: str) -> str:
        """Return the address of a service's database, as its owner. Raises OperationFailed when nothing names it."""
        if self.owner_dsn:
            return self.owner_dsn
        roles = self.described.get("postgres", {}).get(service)
        if not roles:
            raise OperationFailed(
                f"nothing names the database of {service}: set COTERM_POSTGRES_OWNER_DSN or start the stack"
            )
        return str(roles["owner"])

    def app_dsn(self, service: str) -> str:
        """Return the same, as the role that serves. Raises OperationFailed when nothing names it."""
        if self.owner_dsn:
            if not self.serving_dsn:
                raise OperationFailed(f"nothing names the role that {service} signs in as: set COTERM_POSTGRES_DSN")
            return self.serving_dsn
        self.dsn(service)
        return str(self.described["postgres"][service]["app"])

    def rebuilder_dsn(self, service: str) -> str:
        """Return the same, as the role that rebuilds. Raises OperationFailed when nothing names it."""
        if self.rebuilding_dsn:
            return self.rebuilding_dsn
        roles = self.described.get("postgres", {}).get(service)
        if not roles or self.owner_dsn:
            raise OperationFailed(f"nothing names the role that rebuilds {service}: set COTERM_POSTGRES_REBUILDER_DSN")
        return str(roles["rebuilder"])


def find(endpoints: Path = ENDPOINTS) -> Surroundings:
    """Read variables and description. Raises OperationFailed when nothing names the brokers."""
    settings = load()
    described = json.loads(endpoints.read_text()) if endpoints.is_file() else {}
    brokers = brokers_of(settings) if settings.kafka else described.get("kafka")
    if not brokers:
        raise OperationFailed(
            f"nothing names the brokers: set COTERM_KAFKA, or start the stack ({endpoints} is missing)"
        )
    owner, rebuilder = settings.postgres_owner_dsn, settings.postgres_rebuilder_dsn
    return Surroundings(
        brokers,
        settings.namespace,
        described,
        owner.get_secret_value() if owner else None,
        settings.postgres_dsn.get_secret_value() or None,
        settings.env == "production",
        rebuilder.get_secret_value() if rebuilder else None,
    )


def declaration(service: str) -> Service:
    """Return what a service declares, without its edge. Raises Misused for a name that is none."""
    if service not in SERVICES:
        raise Misused(f"unknown service {service}; known: {', '.join(SERVICES)}")
    declared: Service = importlib.import_module(f"services.{service}.declaration").declare(None)
    return declared


@asynccontextmanager
async def journal(dsn: str, service: str) -> AsyncIterator[JournalReads]:
    """Open a service's bookkeeping. Raises OperationFailed in one sentence when it can't be reached."""
    try:
        pool = await open_pool(dsn, size=1)
        try:
            yield JournalReads(pool)
        finally:
            await pool.close()
    except DATABASE_ERRORS as error:
        raise OperationFailed(f"the database of {service} can't be used: {type(error).__name__}: {error}") from error


@asynccontextmanager
async def may_use(service: str) -> AsyncIterator[None]:
    """Turn a database that is away, or refuses, into one sentence. Raises OperationFailed."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise OperationFailed(f"the database of {service} can't be used: {type(error).__name__}: {error}") from error


@asynccontextmanager
async def kafka(brokers: Brokers) -> AsyncIterator[None]:
    """Turn a broker that is away into one sentence. Raises OperationFailed."""
    try:
        yield
    except KAFKA_ERRORS as error:
        where = addresses_of(brokers)
        raise OperationFailed(f"Kafka at {where} can't be used: {type(error).__name__}: {error}") from error
