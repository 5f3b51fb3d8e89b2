"""How does a test run whole processes of billing, kill them, and ask how they are?"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from runtime.ids import partition_of
from tests.contract.kafka.stack import ROOT, Database, Stack, until


@dataclass(frozen=True)
class Instance:
    """One process of billing."""

    process: asyncio.subprocess.Process
    url: str
    log: Path

    async def is_ready(self) -> bool:
        return await self._answers("readyz") == httpx.codes.OK

    async def is_alive(self) -> bool:
        return await self._answers("livez") == httpx.codes.OK

    async def _answers(self, path: str) -> int | None:
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            with contextlib.suppress(httpx.HTTPError):
                return (await client.get(f"{self.url}/{path}")).status_code
        return None

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self, seconds: float) -> int:
        async with asyncio.timeout(seconds):
            return await self.process.wait()


@contextlib.asynccontextmanager
async def billing(
    stack: Stack, database: Database, namespace: str, folder: Path, **settings: str
) -> AsyncIterator[Instance]:
    """Start `python -m services.billing`; whatever a test leaves of it is killed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir()  # noqa: ASYNC240
    keys = json.dumps({"test": "0" * 64})
    environment = {
        "PATH": os.environ["PATH"],
        "COTERM_ENV": "test",
        "COTERM_KAFKA": stack.kafka,
        "COTERM_NAMESPACE": namespace,
        "COTERM_POSTGRES_DSN": database.app,
        "COTERM_HTTP_PORT": str(port),
        "COTERM_DATA_DIR": str(folder / "data"),
        "COTERM_OPERATOR_KEYS": keys,
        "COTERM_STOREFRONT_KEYS": keys,
        **settings,
    }
    log = folder / "log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.billing", cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        yield Instance(process, f"http://127.0.0.1:{port}", log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ready(*instances: Instance) -> None:
    for instance in instances:
        await until(instance.is_ready, 60)


async def assert_each_priced_once_in_order(
    stack: Stack, database: Database, namespace: str, orders: Sequence[tuple[str, int]]
) -> None:
    """See that each order is priced once, with versions that have no gap, in the order of the log."""
    priced = Counter()  # type: ignore[var-annotated]
    versions: dict[str, list[int]] = defaultdict(list)
    values: dict[str, bytes] = {}
    for record in await stack.read(f"{namespace}billing.events"):
        event = json.loads(record.value)
        assert values.setdefault(event["id"], record.value) == record.value
        assert record.partition == partition_of(event["subject"])
        if int(event["sequence"]) > max(versions[event["subject"]], default=0):
            versions[event["subject"]].append(int(event["sequence"]))
            priced[event["data"]["order_id"]] += event["type"] == "billing.OrderPriced.v1"
    assert priced == Counter(f"{customer}-o{version}" for customer, version in orders)
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())
    assert await database.fetch("SELECT * FROM runtime.parked") == []
    rows = await database.fetch("SELECT customer_id, count(*) AS rows, max(version) FROM runtime.journal GROUP BY 1")
    assert all(row["rows"] == row["max"] == len(versions[row["customer_id"]]) for row in rows)
    causes = await database.fetch("SELECT cause_id FROM runtime.journal WHERE last_of_input")
    assert len(causes) == len({row["cause_id"] for row in causes}) == len(orders)
