"""Who folds? Processes of their own, as many as there are cores, told what to fold; they report what they did."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

from operations.surroundings import OperationFailed
from runtime.environment import bare_environment
from runtime.kafka.brokers import Brokers
from schemas.catalogue import catalogue_on

Job = dict[str, Any]
OnNews = Callable[[dict[str, Any]], None]
_LINE = 1 << 24


class Folders:
    """Processes that fold, each given its next job when it is done with one.

    Starting takes them longer than planning takes us: they are started before it is known what they fold.
    """

    def __init__(self, processes: Sequence[asyncio.subprocess.Process]) -> None:
        self._processes = processes
        self._knows = False

    def prepare(self, setting: dict[str, Any]) -> None:
        """Let them know what they fold, and where; before the first job."""
        for process in self._processes:
            _send(process, setting)
        self._knows = True

    async def do(self, jobs: Sequence[Job], on_news: OnNews) -> None:
        """Have every job done. Raises OperationFailed, in the process's own words, when one can't be."""
        waiting = list(reversed(jobs))
        working = [asyncio.ensure_future(_work_off(process, waiting, on_news)) for process in self._processes]
        try:
            await asyncio.gather(*working)
        finally:
            for each in working:
                each.cancel()

    def pause(self, is_paused: bool) -> None:
        """Let all stop folding, or go on."""
        for process in self._processes:
            if self._knows and process.returncode is None:
                _send(process, {"pause": is_paused})

    async def end(self) -> None:
        """End them, whatever they do: what is not written yet is folded again; a commit is whole or not at all."""
        for process in self._processes:
            if process.returncode is None:
                process.kill()
        await asyncio.gather(*(process.wait() for process in self._processes))


@asynccontextmanager
async def folders(count: int) -> AsyncIterator[Folders]:
    """Have folding processes at hand that hold no setting of ours; they end with the block, or with this process."""
    pool = Folders([await _start() for _ in range(count)])
    try:
        yield pool
    finally:
        await pool.end()


def described(brokers: Brokers) -> str | dict[str, Any]:
    """Write the brokers, and how to speak to them, for a process that reads no settings."""
    if isinstance(brokers, str):
        return brokers
    ca_file = None if brokers.ca_file is None else str(brokers.ca_file)
    return {
        "addresses": brokers.addresses, "ca_file": ca_file, "username": brokers.username, "password": brokers.password
    }  # fmt: skip


def catalogue_words() -> list[str]:
    """Name the words of every version of the catalogue: a folding process, which has none, knows them by sight then."""
    words: set[str] = set()
    day, catalogue = date.max, catalogue_on(date.max)
    while day > catalogue.effective_from:
        for name, product in catalogue.products.items():
            words |= {name, product.family, *product.features, *filter(None, (product.requires, product.free_with))}
        day = catalogue.effective_from
        catalogue = catalogue_on(day - timedelta(days=1))
    return sorted(words)


async def _start() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "operations.rebuild.folding",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=bare_environment(),
        limit=_LINE,
    )


async def _work_off(process: asyncio.subprocess.Process, waiting: list[Job], on_news: OnNews) -> None:
    while waiting:
        _send(process, waiting.pop())
        while True:
            news = await _read_news(process)
            on_news(news)
            if "done" in news or "followed" in news:
                break


async def _read_news(process: asyncio.subprocess.Process) -> dict[str, Any]:
    line = await process.stdout.readline() if process.stdout else b""
    if not line:
        written = await process.stderr.read() if process.stderr else b""
        why = written.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"code {await process.wait()}"]
        raise OperationFailed(f"a folding process ended: {why[0]}")
    news: dict[str, Any] = json.loads(line)
    if "failed" in news:
        raise OperationFailed(f"can't be folded: {news['failed']}")
    return news


def _send(process: asyncio.subprocess.Process, what: dict[str, Any]) -> None:
    if process.stdin is not None:
        process.stdin.write(json.dumps(what).encode() + b"\n")
