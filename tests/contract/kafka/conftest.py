"""Which broker do the contracts with Kafka and Faust run on? A real one, and a PostgreSQL, of their own."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from operations.surroundings import Surroundings
from runtime.postgres.migrate import ensure_generation, migrate, role_of
from runtime.postgres.store import PostgresStore
from runtime.service import Service
from services.billing.declaration import declare as billing
from services.orders.declaration import declare as orders
from tests.contract.kafka.rebuilding import Scene
from tests.contract.kafka.stack import ROOT, RUN, Database, Stack, fresh_name, local

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Start it with empty data; one that runs already is used, and left running."""
    status = [sys.executable, "-m", "deploy.local", "status", "--only", "kafka,postgres", "--run-dir", str(RUN)]
    was_running = subprocess.run([*status, "--port-offset", "5000"], cwd=ROOT, check=False).returncode == 0
    if not was_running:
        local("down")
        shutil.rmtree(RUN, ignore_errors=True)
        local("up")
    described = json.loads((RUN / "endpoints.json").read_text())
    databases = {name: roles for name, roles in described["postgres"].items() if isinstance(roles, dict)}
    yield Stack(described["kafka"], described["postgres"]["admin"], databases)
    if not was_running:
        local("down")


@pytest.fixture(scope="session")
def templates(stack: Stack) -> Iterator[dict[str, str]]:
    """Migrate one empty database per service, to be copied for each test."""
    names = {service.name: fresh_name() for service in (billing(), orders())}
    for service in (billing(), orders()):
        asyncio.run(_migrated(stack, service, names[service.name]))
    yield names
    for name in names.values():
        asyncio.run(_administer(stack, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def database(stack: Stack, templates: dict[str, str]) -> AsyncIterator[Database]:
    """Be an empty database of billing."""
    async for made in _copied(stack, "billing", templates):
        yield made


@pytest.fixture
async def orders_database(stack: Stack, templates: dict[str, str]) -> AsyncIterator[Database]:
    """Be an empty database of orders."""
    async for made in _copied(stack, "orders", templates):
        yield made


@pytest.fixture
def namespace() -> str:
    """Prefix this test's topics and groups."""
    return f"{fresh_name()}."


@pytest.fixture
async def scene(stack: Stack, database: Database, namespace: str) -> AsyncIterator[Scene]:
    """Be a billing without a past, and its topic."""
    await stack.make_declared(namespace, "billing.events")
    store = PostgresStore(database.app, billing())
    rebuilder = stack.roles["billing"]["rebuilder"].rpartition("/")[0] + "/" + database.owner.rpartition("/")[2]
    where = Surroundings(stack.kafka, namespace, {}, database.owner, database.app, False, rebuilder)
    yield Scene(stack, database, namespace, store, where)
    await store.close()


async def _copied(stack: Stack, service: str, templates: dict[str, str]) -> AsyncIterator[Database]:
    name = fresh_name()
    await _administer(stack, f"CREATE DATABASE {name} TEMPLATE {templates[service]} OWNER {service}_owner")
    yield stack.database(service, name)
    await _administer(stack, f"DROP DATABASE {name} WITH (FORCE)")


async def _migrated(stack: Stack, service: Service, name: str) -> None:
    await _administer(stack, f"CREATE DATABASE {name} OWNER {service.name}_owner")
    made = stack.database(service.name, name)
    await migrate(made.owner, "service")
    await ensure_generation(made.owner, service, role_of(made.app))


async def _administer(stack: Stack, sql: str) -> None:
    connection = await asyncpg.connect(stack.admin)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
