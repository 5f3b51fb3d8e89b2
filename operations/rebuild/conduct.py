"""In which order is a service rebuilt? Fold, index, follow, compare, swap; each step can go on from the last."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from operations.progress import Advance, ProgressDisplay
from operations.reading import span_of
from operations.rebuild.folders import Folders, OnNews, catalogue_words, described
from operations.rebuild.proof import explain
from operations.rebuild.report import Cancelled, Different, Fault, Report
from operations.surroundings import OperationFailed, Surroundings
from runtime import failpoints
from runtime.postgres.migrate import role_of
from runtime.postgres.rebuild.rebuilds import Checkpoint, Rebuild, Rebuilds, connect_as_owner
from runtime.postgres.rebuild.swapping import NotEqual, StillBusy, Successor
from runtime.service import Service
from schemas.topics import PARTITIONS

NEAR = 500
"""The log counts as followed when so few records are left: the journal is next."""
ROUNDS = 20
SWAPS = 40


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator may choose."""

    workers: int
    slices: int | None = None
    accept_diff: bool = False
    fresh: bool = False
    failpoint: str | None = None


@dataclass
class Conduct:
    """One rebuild from its first step to its last."""

    service: Service
    where: Surroundings
    options: Options
    book: Rebuilds
    shown: ProgressDisplay
    rebuild: Rebuild
    live: Mapping[str, Any]
    pool: Folders
    events: int = 0
    began: float = field(default_factory=time.monotonic)
    stage: str = "folding"
    going: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def topic(self) -> str:
        """Name the own topic as Kafka knows it."""
        return self.where.namespace + self.service.topic

    @property
    def is_same_declaration(self) -> bool:
        """Tell whether the live tables were made by the same folds."""
        declared = (self.live["fold_version"], self.live["tables_hash"])
        return declared == (self.rebuild.fold_version, self.rebuild.tables_hash)

    @property
    def seconds(self) -> float:
        """Return for how long this was worked on."""
        return self.rebuild.seconds + time.monotonic() - self.began

    async def run(self) -> Report:
        """Do it all. Raises OperationFailed, Cancelled or Different, in a sentence."""
        self.going.set()
        setting = {
            "service": self.service.name, "topic": self.topic, "schema": self.rebuild.schema,
            "dsn": self.where.rebuilder_dsn(self.service.name), "brokers": described(self.where.brokers),
            "failpoint": self.options.failpoint, "words": catalogue_words(),
        }  # fmt: skip
        successor = Successor(
            await connect_as_owner(self.where.dsn(self.service.name)),
            self.service,
            self.rebuild.schema,
            self.live["schema_name"],
        )
        try:
            self.pool.prepare(setting)
            try:
                checkpoints = await self._fold(self.pool)
                await self._index()
                await self._follow(self.pool, successor, checkpoints)
            finally:
                await self.pool.end()
            report = await self._compare(successor, checkpoints)
            return await self._swap(successor, report)
        finally:
            await successor.connection.close(timeout=5)

    async def listen(self) -> None:
        """Note progress twice a second, and do what an operator wishes. Raises Cancelled."""
        while True:
            await self._heed()
            await asyncio.sleep(0.5)

    async def _heed(self) -> None:
        request = await self.book.progress(self.rebuild, self.stage, self.events, self.seconds)
        if request == "cancel":
            raise Cancelled(f"the rebuild of {self.service.name} was cancelled; the live tables are as they were")
        if self.going.is_set() != (request is None):
            self._pause(request is not None)

    def _pause(self, is_paused: bool) -> None:
        self.shown.pause(is_paused)
        if is_paused:
            self.going.clear()
        else:
            self.going.set()
        self.pool.pause(is_paused)

    async def _enter(self, stage: str) -> None:
        """Begin the next step; what was asked for meanwhile is heard first: a small one is done in half a second."""
        await self._heed()
        await self.going.wait()
        self.stage = stage

    async def _fold(self, pool: Folders) -> list[Checkpoint]:
        checkpoints = await self.book.checkpoints(self.rebuild)
        done = {(each.partition, each.slice) for each in checkpoints}
        self.events = sum(each.events for each in checkpoints)
        starts, _ = await span_of(self.where, self.service.topic)
        slices, ends = self.rebuild.slices, self.rebuild.ends
        shares = [(number, part) for number in range(PARTITIONS) for part in range(slices)]
        records = sum(max(0, ends[number] - starts[number]) for number, part in shares if (number, part) not in done)
        jobs = [
            {"fold": [number, part, slices, starts[number], ends[number]]}
            for number, part in shares
            if (number, part) not in done
        ]
        if done and jobs:
            self.shown.say(f"goes on: {len(done)} of {len(shares)} shares are folded")
        with self.shown.working(f"folding {self.topic}", records, reads=slices) as advance:
            await pool.do(jobs, self._on_news(advance, []))
        checkpoints = await self.book.checkpoints(self.rebuild)
        faults = [Fault(**each) for share in checkpoints for each in share.faults]
        await self._refuse(faults)
        return checkpoints

    def _on_news(self, advance: Advance, faults: list[Fault]) -> OnNews:
        def on_news(news: dict[str, Any]) -> None:
            advance(news.get("read", 0))
            self.events += news.get("folded", 0)
            faults.extend(Fault(**each) for each in news.get("faults", ()))

        return on_news

    async def _index(self) -> None:
        await self._enter("indexing")
        with self.shown.waiting("making keys and indexes"):
            await self.book.make_indexes(self.rebuild, self.options.workers)
        failpoints.reached("rebuild.indexed")

    async def _follow(self, pool: Folders, successor: Successor, checkpoints: Sequence[Checkpoint]) -> None:
        """Read on until the log's end is near; the journal's floor is set before, so that nothing lies between."""
        await self._enter("following")
        reached = {each.partition: each.until for each in checkpoints}
        faults: list[Fault] = []
        for _ in range(ROUNDS):
            await successor.start_below_published()
            _, ends = await span_of(self.where, self.service.topic)
            behind = {number: ends[number] - at for number, at in reached.items() if ends[number] > at}
            jobs = [{"follow": [number, reached[number], ends[number]]} for number in behind]
            with self.shown.working(f"following {self.topic}", sum(behind.values())) as advance:
                await pool.do(jobs, self._on_news(advance, faults))
            reached.update({number: ends[number] for number in behind})
            if sum(behind.values()) <= NEAR:
                break
        failpoints.reached("rebuild.followed")
        await self._refuse(faults)

    async def _compare(self, successor: Successor, checkpoints: Sequence[Checkpoint]) -> Report:
        await self._enter("comparing")
        with self.shown.waiting("comparing with the live tables"):
            tables, rows_hash = await self._proved(successor.compare())
        failpoints.reached("rebuild.compared")
        report = self._report()
        report.tables, report.rows_hash = tables, rows_hash
        report.fingerprints = sum(each.compared for each in checkpoints)
        if not report.is_equal and not self.options.accept_diff:
            raise Different(
                f"what was rebuilt of {self.service.name} is not what is live: nothing was swapped. Look at the "
                f"difference; `coterm rebuild {self.service.name} --accept-diff` swaps all the same",
                report,
            )
        successor.compares = report.is_equal and report.is_same_declaration
        return report

    async def _swap(self, successor: Successor, report: Report) -> Report:
        await self._enter("swapping")
        await successor.open_up(role_of(self.where.rebuilder_dsn(self.service.name)))
        for attempt in range(SWAPS):
            await self.going.wait()
            report.events = self.events = self.events + await self._proved(successor.approach())
            await successor.wait_for_readers()
            try:
                report.held_ms = await self._proved(successor.swap(self._facts(report)))
            except StillBusy as busy:
                self.shown.say(f"not swapped yet: {busy}")
                await asyncio.sleep(min(2.0, 0.05 * 2**attempt))
                continue
            await self.book.forget_checkpoints(self.rebuild.schema)
            report.seconds = self.seconds
            return report
        raise OperationFailed(
            f"the service never let go of its tables for long enough: nothing was swapped, and "
            f"`coterm rebuild {self.service.name}` tries again from here"
        )

    def _facts(self, report: Report) -> dict[str, int | float | str]:
        return {
            "rebuild": self.rebuild.id, "events": self.events, "seconds": self.seconds, "rows_hash": report.rows_hash
        }  # fmt: skip

    def _report(self) -> Report:
        return Report(
            self.service.name,
            self.rebuild.schema,
            self.live["schema_name"],
            self.is_same_declaration,
            self.events,
            self.seconds,
        )

    async def _proved(self, step: Any) -> Any:
        """Take a step in which something may come out that differs. Raises Different, having found where."""
        try:
            return await step
        except NotEqual as found:
            if found.followed is not None:
                await self._refuse([Fault(**asdict(fault)) for fault in found.followed.faults])
            report = self._report()
            report.samples = list(found.samples)
            raise Different("what the last events left is not what is live: nothing was swapped", report) from found

    async def _refuse(self, faults: Sequence[Fault]) -> None:
        if faults:
            report = self._report()
            report.faults = list(faults)
            with self.shown.waiting("looking for the first difference"):
                await explain(self.service, self.where, self.book, self.topic, report)
            raise Different(
                f"{self.topic} does not say what {self.service.name} did: nothing was swapped, and nothing can be",
                report,
            )
