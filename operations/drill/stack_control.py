"""Who stops and starts a service in a drill? The drill itself on a local stack; elsewhere the operator is asked."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from operations.surroundings import OperationFailed, Surroundings, may_use, refuse_another
from runtime.postgres.recover.recovery import drop_database, empty_database, sessions
from runtime.settings import PORTS


class StackControl(Protocol):
    """Who stops and starts services for a drill, and loses a database."""

    can_start: bool
    """Whether what was stopped is started again by the drill."""
    has: str
    """What it did about services that have to be stopped, for the report."""
    makes_empty: str
    """How an operator puts an empty database where one was dropped, should the drill not come to it."""

    async def stop(self, services: Sequence[str]) -> None:
        """Have services end in order. Raises OperationFailed when they still run."""
        ...

    async def start(self, services: Sequence[str]) -> None:
        """Have services run again, ready to take work."""
        ...

    async def lose_database(self, service: str) -> None:
        """Destroy a service's database, and put an empty one with the same roles in its place."""
        ...


class LocalStack:
    """The stack of `deploy.local`, driven by its own commands as a developer would."""

    can_start = True
    has = "stopped"

    def __init__(self, where: Surroundings) -> None:
        self._where = where
        offset = (urlsplit(str(where.described["orders"])).port or 0) - PORTS["orders"]
        self._place = ("--run-dir", str(where.described["run"]), "--port-offset", str(offset))
        self.makes_empty = f"`python -m deploy.local up --only postgres {' '.join(self._place)}`, "

    async def stop(self, services: Sequence[str]) -> None:
        """Stop them."""
        await self._local("down", services)

    async def start(self, services: Sequence[str]) -> None:
        """Start them."""
        await self._local("up", services)

    async def lose_database(self, service: str) -> None:
        """Drop the database; the stack makes what is missing."""
        async with may_use(service):
            dropping = asyncio.ensure_future(drop_database(str(self._where.described["postgres"]["admin"]), service))
            try:
                await asyncio.shield(dropping)
            except asyncio.CancelledError:
                await dropping  # half dropped, a database is of no use until it is dropped again
                raise
        await self._local("up", ["postgres"])

    async def _local(self, action: str, names: Sequence[str]) -> None:
        command = (sys.executable, "-m", "deploy.local", action, "--only", ",".join(names), *self._place)
        child = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await child.communicate()
        if child.returncode:
            lines = output.decode(errors="replace").strip().splitlines() or ["no reason was given"]
            raise OperationFailed(f"the local stack: {action} {', '.join(names)} failed: {lines[-1]}")


class Elsewhere:
    """Services run by somebody else: the operator is asked."""

    can_start = False
    has = "began with these stopped:"
    makes_empty = ""

    def __init__(self, where: Surroundings, *, are_stopped: bool = False) -> None:
        self._where = where
        self._are_stopped = are_stopped

    async def stop(self, services: Sequence[str]) -> None:
        """See that they were stopped; of those whose database nothing names, the operator has to say so."""
        seen = services[:1] if self._where.owner_dsn else services
        unseen = [name for name in services if name not in seen]
        if unseen and not self._are_stopped:
            raise OperationFailed(f"{', '.join(unseen)} can't be seen from here: stop them and say so with --stopped")
        await refuse_another(self._where, *seen)
        running = []
        for name in seen:
            async with may_use(name):
                if await sessions(self._where.dsn(name)):
                    running.append(name)
        if running:
            raise OperationFailed(f"stop {', '.join(running)}, then begin the drill again: their databases are in use")

    async def start(self, services: Sequence[str]) -> None:
        """Leave it to the operator, who is told at the end."""

    async def lose_database(self, service: str) -> None:
        """Drop everything in the database, as its owner may."""
        async with may_use(service):
            await empty_database(self._where.dsn(service))


def stack_control_for(where: Surroundings, *, are_stopped: bool = False) -> StackControl:
    """Choose: the description of a local stack names the folder in which it runs."""
    folder = where.described.get("run")
    if folder and Path(folder).is_dir() and not where.owner_dsn:
        return LocalStack(where)
    return Elsewhere(where, are_stopped=are_stopped)
