"""What time is it in the play? The clock file says so; a driver moves it when everyone waits for another instant."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from runtime.clock import FileClock, SystemClock

T = TypeVar("T")


class Time(Protocol):
    """How a case says at which instant it goes on."""

    def now(self) -> datetime:
        """Return the instant at which the play stands."""
        ...

    async def at(self, instant: str) -> None:
        """Go on once it is `instant` (RFC 3339 with zone)."""
        ...


class ClockFile:
    """The clock of the four services, set at once and for all of them: one case at a time may play."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._now: datetime | None = None

    def now(self) -> datetime:
        """Return the instant last set. Raises RuntimeError before the first."""
        if self._now is None:
            raise RuntimeError("the play has not set its clock yet")
        return self._now

    def stands_at(self, instant: str) -> bool:
        """Tell whether it is that instant already."""
        return self._now == datetime.fromisoformat(instant)

    def set(self, instant: str) -> None:
        """Add the instant, in force from now on: written beside the file and renamed, so that nobody reads half."""
        parsed = datetime.fromisoformat(instant)
        if parsed.tzinfo is None:
            raise ValueError(f"an instant needs a zone: {instant}")
        before = self._path.read_text().splitlines() if self._path.exists() else []
        self._write("\n".join([*before, f"{instant} @{SystemClock().now().isoformat()}", ""]))
        self._now = parsed

    def _write(self, text: str) -> None:
        fresh = self._path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self._path)

    async def at(self, instant: str) -> None:
        """Set the clock."""
        self.set(instant)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Put back, at the end, what stood in the file before."""
        before = self._path.read_text() if self._path.exists() else None
        try:
            yield
        finally:
            if before is None:
                self.remove()
            else:
                self._write(before)
                self._now = FileClock(self._path).now()

    def remove(self) -> None:
        """Give the services the machine's time back."""
        self._path.unlink(missing_ok=True)


class ClockDriver:
    """Many cases, played side by side on one clock.

    A case that asks for an instant waits. When every case waits or has ended, the earliest asked-for instant comes, and
    those that asked for it go on together.
    """

    def __init__(self, clock: ClockFile) -> None:
        self._clock = clock
        self._playing = 0
        self._waiting: list[tuple[datetime, str, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the instant at which all stand."""
        return self._clock.now()

    async def at(self, instant: str) -> None:
        """Wait until it is that instant."""
        if self._clock.stands_at(instant):
            return
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((datetime.fromisoformat(instant), instant, ready))
        self._playing -= 1
        self._move_on()
        await ready

    async def play(self, cases: list[Callable[[], Awaitable[T]]]) -> list[T | BaseException]:
        """Play them all to their end; an error of one stands in its place and leaves the others alone."""
        self._playing = len(cases)
        return list(await asyncio.gather(*(self._one(case) for case in cases), return_exceptions=True))

    async def _one(self, case: Callable[[], Awaitable[T]]) -> T:
        try:
            return await case()
        finally:
            self._playing -= 1
            self._move_on()

    def _move_on(self) -> None:
        self._waiting = [waiting for waiting in self._waiting if not waiting[2].done()]  # less what was cancelled
        if self._playing or not self._waiting:
            return
        next_instant = min(instant for instant, _, _ in self._waiting)
        due = [waiting for waiting in self._waiting if waiting[0] == next_instant]
        self._waiting = [waiting for waiting in self._waiting if waiting[0] != next_instant]
        self._clock.set(due[0][1])
        self._playing = len(due)
        for _, _, ready in due:
            ready.set_result(None)
