"""What does one see while an export runs? A bar on a terminal, a plain line every few seconds elsewhere; on stderr."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

_EVERY_SECONDS = 5.0


class Watch(Protocol):
    """Whoever is told how far it is."""

    def begin(self, what: str, total: int) -> None:
        """Hear what is done, and how many offsets or bytes that takes."""

    def forward(self, offsets: int) -> None:
        """Hear that so many more are done."""


class Silent:
    """Show nothing: for JSON, and for tests."""

    def begin(self, what: str, total: int) -> None:
        """Take no notice."""

    def forward(self, offsets: int) -> None:
        """Take no notice."""


class Lines:
    """Say now and then how far it is."""

    def __init__(self) -> None:
        self._what, self._total, self._done = "", 0, 0
        self._began = self._told = time.monotonic()

    def begin(self, what: str, total: int) -> None:
        """Start counting."""
        self._what, self._total, self._done = what, total, 0
        self._began = self._told = time.monotonic()

    def forward(self, offsets: int) -> None:
        """Count on, and say so when some seconds have passed."""
        self._done += offsets
        if time.monotonic() - self._told >= _EVERY_SECONDS:
            self._told = time.monotonic()
            rate = self._done / (self._told - self._began)
            sys.stderr.write(f"{self._what}: {self._done:,} of {self._total:,} ({rate:,.0f}/s)\n")


class Bar:
    """Draw how far it is."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, what: str, total: int) -> None:
        """Draw a bar."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(what, total=total)

    def forward(self, offsets: int) -> None:
        """Move the bar on."""
        if self._task is not None:
            self._progress.update(self._task, advance=offsets)


@contextmanager
def shown(*, silent: bool) -> Iterator[Watch]:
    """Choose how to show it."""
    if silent:
        yield Silent()
        return
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress)
