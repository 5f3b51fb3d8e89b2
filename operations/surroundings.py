"""Which brokers and databases does an operator work on? COTERM_ variables, else the file that describes the system."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from runtime.errors import CotermError
from runtime.kafka.brokers import Brokers, addresses_of, brokers_of
from runtime.kafka.log import KAFKA_ERRORS
from runtime.kafka.topics import topic_differences
from runtime.postgres.outbox import JournalReads, open_pool
from runtime.postgres.store import DATABASE_ERRORS
from runtime.service import Service
from runtime.settings import PORTS, load
from services import declared

_SESSIONS = 4


class Pools:
    """Databases by their addresses, opened at their first use; a session that was lost is opened anew."""

    def __init__(self) -> None:
        self._open: dict[str, Any] = {}
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, dsn: str) -> Any:
        """Return a database's pool. Raises one of DATABASE_ERRORS."""
        async with self._opening[dsn]:
            if dsn not in self._open:
                self._open[dsn] = await open_pool(dsn, _SESSIONS)
            return self._open[dsn]

    async def close(self) -> None:
        """Close what is open."""
        await asyncio.gather(*(pool.close() for pool in self._open.values()))


ENDPOINTS = Path(".run/endpoints.json")
"""Where a local stack describes itself."""
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
    pools: Pools | None = None
    """What a process that looks again and again keeps open."""

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


def described(endpoints: Path | None = None) -> dict[str, Any]:
    """Read the named file, else the one that COTERM_ENDPOINTS names, else the local stack's, if there is one.

    Raises Misused for a named file that is not there, or for one that describes nothing.
    """
    named = endpoints or load().endpoints
    if named is None and not ENDPOINTS.is_file():
        return {}
    try:
        return read_description(named or ENDPOINTS)
    except ValueError as error:
        raise Misused(str(error)) from error


def find(endpoints: Path | None = None) -> Surroundings:
    """Read variables and description. Raises OperationFailed when nothing names the brokers, Misused as `described`."""
    settings, found = load(), described(endpoints)
    addresses = settings.kafka or found.get("kafka")
    if not addresses:
        named = endpoints or settings.endpoints
        missing = f"{named} does not either" if named else f"{ENDPOINTS} is missing: start the stack"
        raise OperationFailed(f"nothing names the brokers: set COTERM_KAFKA or COTERM_ENDPOINTS ({missing})")
    owner, rebuilder = settings.postgres_owner_dsn, settings.postgres_rebuilder_dsn
    return Surroundings(
        brokers_of(settings.model_copy(update={"kafka": addresses})),
        settings.namespace,
        found,
        owner.get_secret_value() if owner else None,
        settings.postgres_dsn.get_secret_value() or None,
        "production" in (settings.env, found.get("env")),
        rebuilder.get_secret_value() if rebuilder else None,
    )


def declaration(service: str) -> Service:
    """Return what a service declares, without its edge. Raises Misused for a name that is none."""
    if service not in SERVICES:
        raise Misused(f"unknown service {service}; known: {', '.join(SERVICES)}")
    return declared(service)


def services_reading(topic: str) -> tuple[str, ...]:
    """Name the services that read a topic, by what they declare."""
    return tuple(name for name in SERVICES if topic in declaration(name).topics)


@asynccontextmanager
async def database(where: Surroundings, service: str) -> AsyncIterator[Any]:
    """Open a service's database. Raises OperationFailed in one sentence when it can't be reached, or is not its."""
    async with may_use(service), AsyncExitStack() as ends:
        pools = where.pools or Pools()
        if where.pools is None:
            ends.push_async_callback(pools.close)
        pool = await pools.of(where.dsn(service))
        await refuse_empty(JournalReads(pool), service)
        yield pool


@asynccontextmanager
async def journal(where: Surroundings, service: str) -> AsyncIterator[JournalReads]:
    """Open a service's bookkeeping. Raises OperationFailed as `database` does."""
    async with database(where, service) as pool:
        yield JournalReads(pool)


async def refuse_empty(reads: JournalReads, service: str) -> None:
    """Refuse a database that nothing can be read from. Raises OperationFailed for an empty one, and for another's."""
    if not await is_of(reads, service):
        raise OperationFailed(
            f"the database of {service} is empty: start {service} once, or fill it with `coterm recover database "
            f"{service}`"
        )


async def is_of(reads: JournalReads, service: str) -> bool:
    """Tell whether a database has the bookkeeping of a service. Raises OperationFailed when it is another service's."""
    (journal_there,) = await reads.fetch("is_there", "runtime.journal")
    held = [row["service"] for row in await reads.fetch("whose")] if journal_there["is_there"] else []
    if held and held != [service]:
        raise OperationFailed(
            f"this is not the database of {service}: its journal holds events of {held[0]} (COTERM_POSTGRES_OWNER_DSN "
            "names one service's alone)"
        )
    return bool(journal_there["is_there"])


async def refuse_another(where: Surroundings, *services: str) -> None:
    """Refuse databases that are other services' than they are taken for. Raises OperationFailed."""
    for service in services:
        async with may_use(service):
            pool = await open_pool(where.dsn(service), size=1)
            try:
                await is_of(JournalReads(pool), service)
            finally:
                await pool.close()


async def refuse_without(where: Surroundings, topics: set[str]) -> None:
    """Refuse to go on without topics, named as the brokers know them. Raises OperationFailed, saying what to do."""
    differences = await topic_differences(where.brokers, where.namespace, topics)
    gone = [each for each in differences if each.endswith("is missing")]
    if gone:
        raise OperationFailed(f"{'; '.join(gone)}: `coterm recover log TOPIC` writes it again")
    if differences:
        raise OperationFailed("; ".join(differences) + ": mend the topic's settings first")


@asynccontextmanager
async def may_use(service: str) -> AsyncIterator[None]:
    """Turn a database that is away, or refuses, into one sentence. Raises OperationFailed."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise OperationFailed(f"the database of {service} can't be used: {in_words(error)}") from error


def in_words(error: BaseException) -> str:
    """Write a driver's error in one line: its kind, and what it says of it once."""
    kind, text = type(error).__name__, " ".join(str(error).split())
    text = text.removeprefix(f"{kind}: ").partition(" from [(")[0]  # aiokafka's list of sockets
    return f"{kind}: {text}" if text else kind


@asynccontextmanager
async def kafka(brokers: Brokers) -> AsyncIterator[None]:
    """Turn a broker that is away into one sentence. Raises OperationFailed."""
    try:
        yield
    except KAFKA_ERRORS as error:
        where = addresses_of(brokers)
        raise OperationFailed(f"Kafka at {where} can't be used: {in_words(error)}") from error


class _Description(BaseModel):
    """What the commands look for; whatever else stands there is not theirs to judge."""

    model_config = ConfigDict(extra="allow", strict=True)

    kafka: str = ""
    env: Literal["development", "test", "production"] = "development"
    postgres: dict[str, dict[str, str] | str | int] = {}
    orders: str = ""
    billing: str = ""
    provisioning: str = ""
    notifications: str = ""
    keys: dict[str, str] = {}
    keyring: dict[str, str] = {}


def read_description(path: Path) -> dict[str, Any]:
    """Read it. Raises ValueError, with the sentence that an operator needs, for what describes no system."""
    try:
        described = _Description.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from error
    except ValidationError as error:
        reasons = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}"
            for each in error.errors(include_input=False, include_url=False)
        )
        raise ValueError(f"{path} describes no system: {reasons}") from None
    return described.model_dump(exclude_unset=True)
