"""Which rebuild is it: a new one, or one that goes on from what an earlier process wrote?"""

import asyncio
import math
from typing import Any

from operations.progress import ProgressDisplay
from operations.reading import span_of
from operations.rebuild.conduct import Conduct, Options
from operations.rebuild.folders import Folders, folders
from operations.rebuild.report import Cancelled, Report
from operations.surroundings import (
    OperationFailed,
    Surroundings,
    declaration,
    kafka,
    may_use,
    refuse_another,
    refuse_without,
)
from runtime.postgres.migrate import migrate, role_of
from runtime.postgres.rebuild.rebuilds import Rebuild, Rebuilds, rebuilds
from runtime.service import Service

SHARE = 30_000
"""So many records of a partition are folded in memory at once, on the average: some 1.5 KB each.

More slices hold memory down, and read the partition as many times."""


async def plan(where: Surroundings, name: str) -> list[str]:
    """Say what a rebuild would do. Raises OperationFailed, Misused."""
    service = declaration(name)
    async with kafka(where.brokers):
        starts, ends = await span_of(where, service.topic)
    events = sum(ends.values()) - sum(starts.values())
    async with may_use(name), rebuilds(where.dsn(name), service) as book:
        begun = await book.unfinished()
    goes_on = begun is not None and begun.is_of(service)
    return [
        f"{'go on folding' if goes_on else 'fold'} {events:,} records of {service.topic} into new tables",
        f"compare them with the live tables of {name}, which go on meanwhile",
        f"swap them if they are equal, and keep the old ones until `coterm rebuild drop-old {name}`",
    ]


async def rebuild(where: Surroundings, name: str, options: Options, shown: ProgressDisplay) -> Report:
    """Rebuild a service and swap its tables. Raises OperationFailed, Misused or CotermError, each in one sentence."""
    declaration(name)
    await refuse_another(where, name)
    async with may_use(name):
        return await _rebuild(where, name, options, shown)


async def cancel(where: Surroundings, name: str) -> str:
    """Stop a rebuild and drop what it made; say when. Raises OperationFailed when there is none."""
    await refuse_another(where, name)
    async with may_use(name), rebuilds(where.dsn(name), declaration(name)) as book:
        if await book.is_running():
            if await book.ask_for("cancel"):
                return "stops within a second"
        elif (begun := await book.unfinished()) is not None:
            await book.take()
            await book.end(begun, "cancelled", "by an operator")
            return "is cancelled"
    raise OperationFailed(f"there is no rebuild of {name} to cancel")


async def _rebuild(where: Surroundings, name: str, options: Options, shown: ProgressDisplay) -> Report:
    service = declaration(name)
    async with folders(options.workers) as pool:
        async with kafka(where.brokers):
            await refuse_without(where, {where.namespace + service.topic})
        await migrate(where.dsn(name), "service")
        return await _rebuilt(where, service, options, shown, pool)


async def _rebuilt(
    where: Surroundings, service: Service, options: Options, shown: ProgressDisplay, pool: Folders
) -> Report:
    name = service.name
    async with rebuilds(where.dsn(name), service) as book:
        await book.take()
        live = await book.live()
        if live is None:
            raise OperationFailed(f"{name} has no tables yet: start it once")
        await book.forget_checkpoints(live["schema_name"])  # left by a process that ended right after its swap
        begun = await _begin(where, service, book, options)
        conduct = Conduct(service, where, options, book, shown, begun, live, pool)
        work, listening = asyncio.ensure_future(conduct.run()), asyncio.ensure_future(conduct.listen())
        try:
            await asyncio.wait({work, listening}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            listening.result()
            raise RuntimeError("nobody listens any more")
        except Cancelled:
            await _stopped(work)
            if not await book.end(begun, "cancelled", "by an operator"):
                raise OperationFailed(f"too late to cancel: {begun.schema} of {name} is live") from None
            raise
        finally:
            await _stopped(work, listening)


async def refuse_while_rebuilt(where: Surroundings, name: str) -> None:
    """Refuse to pull away what a rebuild reads. Raises OperationFailed."""
    async with may_use(name), rebuilds(where.dsn(name), declaration(name)) as book:
        if await book.is_running():
            raise OperationFailed(f"a rebuild of {name} runs: wait until it ends, or `coterm rebuild cancel {name}`")


async def _stopped(*tasks: "asyncio.Future[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _begin(where: Surroundings, service: Service, book: Rebuilds, options: Options) -> Rebuild:
    begun = await book.unfinished()
    if begun is not None and (options.fresh or not begun.is_of(service)):
        await book.end(begun, "abandoned", "begun anew")
        begun = None
    if begun is None:
        starts, ends = await span_of(where, service.topic)
        longest = max(ends[number] - starts[number] for number in ends)
        slices = options.slices or max(1, math.ceil(longest / SHARE))
        begun = await book.begin(slices, ends, role_of(where.rebuilder_dsn(service.name)))
    else:
        await book.go_on(begun, role_of(where.rebuilder_dsn(service.name)))
    return begun
