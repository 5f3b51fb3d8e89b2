"""How does a test run whole processes of billing, kill them, and ask how they are?"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.contract.kafka.stack import ROOT, Database, Stack, until


@dataclass(frozen=True)
class Instance:
    """One process of billing."""

    process: asyncio.subprocess.Process
    url: str
    log: Path

    async def is_ready(self) -> bool:
        return await self._answers("readyz") == httpx.codes.OK

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
