"""Does what waits in the log get applied? An instance may live, answer and read nothing for good: so watch progress.

Counted in looks and not in seconds, for a process that was stopped and woken has slept, and seen nothing stand still.
"""

import asyncio

import structlog

from runtime.commit.page import Expected
from runtime.kafka.brokers import Brokers
from runtime.kafka.log import KAFKA_ERRORS, LogReader, log_reader
from runtime.process.committer import Committer
from runtime.process.feeder import Feeder
from runtime.process.positions import Positions

SECONDS = 5.0
LOOKS = 18
"""Standing still is a fault after so many looks in a row, a minute and a half: a dead member holds up a rebalance for
half a minute, and a statement that waits for a lock ends after one."""
_log = structlog.get_logger()


class Progress:
    """Say when a service's stream stands still though the brokers answer and the database takes what comes."""

    def __init__(self, brokers: Brokers, feeder: Feeder, positions: Positions, committer: Committer) -> None:
        self._brokers = brokers
        self._feeder = feeder
        self._positions = positions
        self._committer = committer
        self._unsettled = 0
        self._still = 0
        self._before: Expected = {}
        self.fault: str | None = None
        """Why the process must end, if so."""

    async def run(self) -> None:
        """Look for ever; while the brokers are away nothing can move, and nothing counts."""
        while True:
            try:
                async with log_reader(self._brokers) as log:
                    while True:
                        await self.look(log)
                        await asyncio.sleep(SECONDS)
            except KAFKA_ERRORS as error:
                self._forget()
                _log.warning("progress can't be looked at", action="progress.failed", why=type(error).__name__)
                await asyncio.sleep(SECONDS)

    async def look(self, log: LogReader) -> None:
        """Look once; `log` shows committed records alone, for an open transaction holds nobody's work back."""
        held = dict(self._positions.expected)
        ends = await log.ends(held)
        generation = self._positions.generation
        if self._committer.waiting is not None:
            self._forget()
        elif not self._feeder.is_settled(generation):
            self._still = 0
            self._unsettled += 1
            if self._unsettled >= LOOKS:
                last = "none" if generation < 0 else str(generation)
                self.fault = f"its group was divided anew and never taken over: the last generation here is {last}"
        else:
            self._unsettled = 0
            await self._compare(log, {place: at for place, at in held.items() if at.next_offset < ends[place]}, held)

    async def _compare(self, log: LogReader, behind: Expected, held: Expected) -> None:
        """Judge all that waits together: in a long backlog one partition may wait for the others, but never all."""
        stands = bool(behind) and all(self._before.get(place) == at for place, at in behind.items())
        self._before = held
        self._still = self._still + 1 if stands else 0
        if self._still < LOOKS:
            return
        # Behind a position may stand only a transaction's marker, which no reader ever sees.
        try:
            waiting = await log.first_from({place: at.next_offset for place, at in behind.items()})
        except TimeoutError as error:
            # The brokers answer where the log ends and never what it holds: what lies between may be this instance's.
            waiting, self.fault = {}, f"nothing is applied and no reader here is sent a record: {error}"
        if any(self._positions.expected.get(place) == behind[place] for place in waiting):
            (topic, number), found = min(waiting.items())
            where = f"{topic}[{number}]@{found.offset}"
            self.fault = f"nothing is applied though records wait in {len(waiting)} partitions, first {where}"
        self._still = 0

    def _forget(self) -> None:
        self._unsettled = self._still = 0
