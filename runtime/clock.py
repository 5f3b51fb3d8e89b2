"""What time is it? The one place that asks, so that tests and drills can set it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Tell the present instant."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """Tell the machine's time."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)


class FileClock:
    """Tell the RFC 3339 instant that stands in a file; the machine's time while the file is absent or empty.

    Raises ValueError when the file holds anything else, or an instant without zone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, datetime | None] = (0, None)

    def now(self) -> datetime:
        """Return the instant that stands in the file, else the machine's."""
        try:
            stamp = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return datetime.now(UTC)
        if stamp != self._read[0]:
            self._read = (stamp, _instant(self._path.read_text()))
        return self._read[1] or datetime.now(UTC)


class SetClock:
    """Tell the instant it was set to; for tests without processes."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """Return what it was set to."""
        return self.instant


def _instant(text: str) -> datetime | None:
    if not text.strip():
        return None
    instant = datetime.fromisoformat(text.strip())
    if instant.tzinfo is None:
        raise ValueError(f"the clock file needs an instant with a zone, not {text.strip()!r}")
    return instant.astimezone(UTC)
