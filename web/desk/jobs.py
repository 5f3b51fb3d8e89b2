"""What long work does the desk do, one at a time? A rebuild or a drill, step by step, with what came of it."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import structlog

from operations.drill import lose_log, lose_postgres
from operations.drill.lose_log import How
from operations.drill.stack_control import stack_control_for
from operations.drill.steps import Drill
from operations.drill.stopwatch import Step, Stopwatch
from operations.progress import Advance, ProgressDisplay
from operations.rebuild import starting
from operations.rebuild.conduct import Options
from operations.rebuild.report import Cancelled, Different, Report, in_lines
from operations.surroundings import SERVICES, OperationFailed, Surroundings, kafka
from runtime.errors import CotermError
from schemas.topics import WRITTEN_BY

Kind = Literal["rebuild", "lose-postgres", "lose-log"]
TOPICS = tuple(name for name, service in WRITTEN_BY.items() if name == f"{service}.events")
ABOUT: dict[Kind, Sequence[str]] = {"rebuild": SERVICES, "lose-postgres": SERVICES, "lose-log": TOPICS}
"""What each kind of work may be about."""
_BEFORE_A_STOP = 2
"""So many steps of a drill only wait and look: until then it can be cancelled, and nothing has happened."""
_log = structlog.get_logger()


class Display(ProgressDisplay):
    """The progress of a rebuild, kept for a page."""

    def __init__(self, steps: list[Step]) -> None:
        super().__init__(silent=True)
        self._steps = steps
        self.doing = ""
        self.done = self.total = 0

    def say(self, text: str) -> None:
        """Keep a line."""
        self._steps.append(Step(text))

    def pause(self, is_paused: bool) -> None:
        """Keep that an operator has it paused, or lets it go on."""
        self.say("paused" if is_paused else "goes on")

    @contextmanager
    def working(self, what: str, total: int, unit: str = "events", *, reads: int = 1) -> Iterator[Advance]:
        """Count a work of so many units."""
        counted = 0

        def advance(count: int) -> None:
            nonlocal counted
            counted += count
            self.done = counted // reads

        self.done, self.total = 0, total // reads
        with self._timed(Step(what, result=f"{self.total:,} {unit}")):
            yield advance
        self.done = self.total = 0

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Time a work whose length nobody knows."""
        with self._timed(Step(what)):
            yield

    @contextmanager
    def _timed(self, step: Step) -> Iterator[None]:
        began, self.doing = time.monotonic(), step.what
        yield
        step.seconds, self.doing = time.monotonic() - began, ""
        self._steps.append(step)


@dataclass
class Job:
    """One work: what it is about, how far it is, how it ended."""

    kind: Kind
    about: str
    how: How = How.DELETED
    steps: list[Step] = field(default_factory=list)
    ended: Literal["held", "not", "cancelled"] | None = None
    lines: list[str] = field(default_factory=list)
    """What came of it: the proof, or why not."""
    report: Report | None = None
    drill: Drill | None = None

    def __post_init__(self) -> None:
        self.watch = Stopwatch(silent=True, steps=self.steps)
        self.display = Display(self.steps)

    @property
    def doing(self) -> str:
        """What is being done now."""
        return self.watch.doing or self.display.doing

    @property
    def may_be_cancelled(self) -> bool:
        """Whether it can be given up so that all is as it was."""
        return self.ended is None and (self.kind == "rebuild" or len(self.steps) < _BEFORE_A_STOP)


class Jobs:
    """The desk's long work: at most one at a time; the last one stays to be looked at."""

    def __init__(self, where: Surroundings) -> None:
        self._where = where
        self._task: asyncio.Task[None] | None = None
        self.last: Job | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is being done."""
        return self.last is not None and self.last.ended is None

    async def plan(self, job: Job) -> list[str]:
        """Say what a work would do. Raises OperationFailed where it can't be done from here."""
        if job.kind == "rebuild":
            return await starting.plan(self._where, job.about)
        if not stack_control_for(self._where).can_start:
            raise OperationFailed(
                f"the desk can't stop and start these services: `coterm drill {job.kind} {job.about}`"
            )
        return lose_postgres.plan(job.about) if job.kind == "lose-postgres" else lose_log.plan(job.about, job.how)

    def begin(self, job: Job) -> bool:
        """Begin a work, unless another goes on."""
        if self.is_busy:
            return False
        self.last = job
        self._task = asyncio.create_task(self._run(job))
        return True

    async def cancel(self) -> None:
        """Give the work up, where all can be as it was."""
        job, task = self.last, self._task
        if job is None or task is None or not job.may_be_cancelled:
            return
        if job.kind != "rebuild":
            task.cancel()
        elif not await self._has_cancelled(job):  # it has not begun to write what it does
            task.cancel()
            await asyncio.wait({task})
            await self._has_cancelled(job)
        await asyncio.wait({task})

    async def _has_cancelled(self, job: Job) -> bool:
        try:
            await starting.cancel(self._where, job.about)
        except OperationFailed:
            return False
        return True

    async def close(self) -> None:
        """Leave nothing half done: a rebuild goes on later from what is written, a drill is brought to its end."""
        if self._task is not None and self.last is not None:
            if self.last.may_be_cancelled:
                self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self, job: Job) -> None:
        try:
            await (self._rebuild(job) if job.kind == "rebuild" else self._drill(job))
        except (Cancelled, asyncio.CancelledError):
            job.ended = "cancelled"
        except Different as different:
            job.report, job.lines, job.ended = different.report, [str(different), in_lines(different.report)], "not"
        except CotermError as failure:
            job.lines, job.ended = [str(failure)], "not"
        except Exception as error:
            _log.error("a work of the desk failed", action="desk.job_failed", exc_info=error, about=job.about)
            job.lines, job.ended = [f"{type(error).__name__}: the log says more"], "not"

    async def _rebuild(self, job: Job) -> None:
        job.report = await starting.rebuild(self._where, job.about, Options(os.cpu_count() or 1), job.display)
        job.lines, job.ended = in_lines(job.report).splitlines(), "held"

    async def _drill(self, job: Job) -> None:
        control = stack_control_for(self._where)
        async with kafka(self._where.brokers):
            if job.kind == "lose-postgres":
                job.drill = await lose_postgres.lose_postgres(self._where, job.about, control, job.watch)
            else:
                job.drill = await lose_log.lose_log(self._where, job.about, job.how, control, job.watch)
        job.lines, job.ended = job.drill.lines(), "not" if job.drill.wrong else "held"
