"""What time is it? The one place that asks, so that tests and drills can set it."""

import asyncio
import time
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol

_BETWEEN_LOOKS = 0.01
"""Real seconds after which a file is looked at again: its clock is moved by days, which are not to wait."""


class Clock(Protocol):
    """Tell the present instant."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def at(self, appended: datetime) -> datetime:
        """Return the instant as which the real instant counts at which Kafka appended a record (R1)."""
        ...

    async def pause(self, seconds: float, since: datetime) -> None:
        """Wait so many real seconds; no longer than until the clock is set, where it told `since` last."""
        ...


class SystemClock:
    """Tell the machine's time."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)

    def at(self, appended: datetime) -> datetime:
        """Return it as it is."""
        return appended

    async def pause(self, seconds: float, since: datetime) -> None:
        """Wait so many seconds: nobody sets this one."""
        await asyncio.sleep(seconds)


class FileClock:
    """Tell the instant in the last line of a file; the machine's time while the file is absent or empty.

    A line is `INSTANT`, or `INSTANT @REAL_INSTANT` where it is in force since a moment of the machine's time. Raises
    ValueError when the file holds anything else, or an instant without zone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, list[_Line]] = (0, [])

    def now(self) -> datetime:
        """Return the last line's instant, else the machine's."""
        lines = self._lines()
        return lines[-1].instant if lines else datetime.now(UTC)

    def at(self, appended: datetime) -> datetime:
        """Return the instant of the line that was in force then, else the real one; a bare line is in force always."""
        in_force = (line.instant for line in reversed(self._lines()) if line.since is None or line.since <= appended)
        return next(in_force, appended)

    async def pause(self, seconds: float, since: datetime) -> None:
        """Wait so many seconds, or until the file's last line is of another instant."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, _BETWEEN_LOOKS))
            if any(line.instant != since for line in self._lines()[-1:]):
                return

    def _lines(self) -> list["_Line"]:
        try:
            stamp = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        if stamp != self._read[0]:
            lines = self._path.read_text().splitlines()
            self._read = (stamp, [_line(text) for text in lines if text.strip()])
        return self._read[1]


class SetClock:
    """Tell the instant it was set to; for tests without processes."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """Return what it was set to."""
        return self.instant

    def at(self, appended: datetime) -> datetime:
        """Return what it was set to."""
        return self.instant

    async def pause(self, seconds: float, since: datetime) -> None:
        """Wait so many seconds; whoever sets it tells those who are to know."""
        await asyncio.sleep(seconds)


class _Line(NamedTuple):
    instant: datetime
    since: datetime | None


@lru_cache(4096)  # a clock that is moved often has read all but its newest line before
def _line(text: str) -> _Line:
    instant, _, since = text.partition("@")
    if not since:
        return _Line(_instant(instant), None)
    real = _instant(since)
    # Kafka counts in milliseconds: what it appended in the one in which the clock was set counts as after it.
    return _Line(_instant(instant), real.replace(microsecond=real.microsecond // 1000 * 1000))


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text.strip())
    if instant.tzinfo is None:
        raise ValueError(f"the clock file needs an instant with a zone, not {text.strip()!r}")
    return instant.astimezone(UTC)
