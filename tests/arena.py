"""How does a test break a stack? It kills a service at a named step, starts it again, and looks into its database."""

import asyncio
import functools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncpg
import httpx

from coterm_client import Unreachable
from deploy.local import postgres, services, settings
from deploy.local.layout import ROOT, Layout
from deploy.local.secrets import Secrets
from rehearsal.play.buyers import Buyer
from rehearsal.play.patience import eventually
from rehearsal.play.stage import Stage

T = TypeVar("T")
PATIENCE = 180.0
LONGEST_LIFE = 2 * PATIENCE
"""Before a service dies at a step, others may have to die and come back that lead there."""


@dataclass
class Arena:
    """A running stack, and the ways of breaking it; its services are children of the test, so that it sees them die."""

    layout: Layout
    secrets: Secrets
    stage: Stage
    children: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    async def start(self, service: str, failpoint: str | None = None) -> None:
        """Start a service, armed if a failpoint is named; it may reach that before it is ready."""
        environment = settings.of_service(self.layout, self.secrets, service)
        # What a test bends on purpose, the scrubber would notice and write down: now and then, as chance has it.
        environment["COTERM_SCRUB_ACCOUNTS_PER_MINUTE"] = "0"
        if failpoint is not None:
            environment["COTERM_FAILPOINT"] = failpoint
        (self.layout.run / "data" / service).mkdir(parents=True, exist_ok=True)
        with self.layout.log(service).open("ab") as log:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"services.{service}", cwd=ROOT, env=environment,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.children[service] = child

        async def look() -> bool:
            if child.returncode is not None and failpoint is None:
                raise AssertionError(f"{service} ended while starting: see {self.layout.log(service)}")
            return child.returncode is not None or await services.is_ready(self.layout, service)

        pause = functools.partial(asyncio.sleep, 0.3)
        await eventually(look, f"{service} to be ready", seconds=PATIENCE, pause=pause)

    async def stop(self, *names: str) -> None:
        """Ask services to end, and see that they do."""
        children = [self.children.pop(name) for name in names]
        for child in children:
            if child.returncode is None:
                child.terminate()
        await asyncio.gather(*(child.wait() for child in children))

    async def rearm(self, failpoints: dict[str, str]) -> None:
        """Start the named services anew, each with its failpoint."""
        await self.stop(*failpoints)
        await asyncio.gather(*(self.start(name, failpoint) for name, failpoint in failpoints.items()))

    async def revived(self, service: str, *failpoints: str) -> list[int]:
        """Start a service again each time it dies, armed with the next failpoint and in the end with none.

        Return with which code it ended each time.
        """
        codes = []
        for failpoint in (*failpoints, None):
            async with asyncio.timeout(LONGEST_LIFE):
                codes.append(await self.children[service].wait())
            await self.start(service, failpoint)
        return codes

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        """Connect to a service's database as its owner."""
        dsn = postgres.addresses(settings.admin_dsn(self.layout, self.secrets), self.secrets)[service]["owner"]
        connection = await asyncpg.connect(dsn, server_settings={"search_path": "live, runtime"})
        try:
            yield connection
        finally:
            await connection.close()

    async def fate(self, buyer: Buyer, template: str) -> tuple[str, int]:
        """Return what became of a buyer's mail of a template: its final status, and how often it arrived."""

        async def look() -> dict[str, Any] | None:
            found = [mail for mail in await self.stage.front.emails(buyer.customer_id) if mail["template"] == template]
            (mail,) = found or [{"status": "REQUESTED"}]
            return mail if mail["status"] != "REQUESTED" else None

        mail = await patiently(lambda: eventually(look, f"the fate of {template}"))
        arrived = [each for each in self.stage.mailbox.of(buyer.email) if each.message_id == mail["message_id"]]
        return mail["status"], len(arrived)


async def patiently(ask: Callable[[], Awaitable[T]], seconds: float = PATIENCE) -> T:
    """Ask again while a service is away: in the middle of an answer, too, as any client of ours must be able to."""

    async def look() -> tuple[T] | None:
        try:
            return (await ask(),)
        except (Unreachable, httpx.TransportError, KeyError):
            await asyncio.sleep(0.2)
            return None

    (answer,) = await eventually(look, "an answer", seconds=seconds)
    return answer
