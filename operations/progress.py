"""How far is a long work, and when does it end? A bar with rate and time left on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Advance = Callable[[int], None]
"""Say that so many more are done."""

LINE_SECONDS = 5.0


class ProgressDisplay:
    """What is being done, shown on standard error; nothing when silent."""

    def __init__(self, *, silent: bool = False) -> None:
        self._silent = silent
        self._console = Console(stderr=True, highlight=False)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._what = ""

    def say(self, text: str) -> None:
        """Write one line that stays."""
        if not self._silent:
            (self._bar.console if self._bar else self._console).print(text, markup=False)

    def pause(self, is_paused: bool) -> None:
        """Show that an operator has it paused, or lets it go on."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=f"paused: {self._what}" if is_paused else self._what)
        else:
            self.say("paused" if is_paused else "goes on")

    @contextmanager
    def working(self, what: str, total: int, unit: str = "events", *, reads: int = 1) -> Iterator[Advance]:
        """Show a work of so many units, with its rate; one that reads them several times advances as often."""
        self._what = what
        if self._silent or not total:
            yield lambda _: None
        elif self._console.is_terminal:
            yield from self._in_a_bar(what, total, unit, reads)
        else:
            yield from self._in_lines(what, total, unit, reads)

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show a work whose length nobody knows."""
        self._what = what
        if self._silent:
            yield
        elif self._console.is_terminal:
            with self._console.status(what):
                yield
        else:
            began = time.monotonic()
            yield
            self.say(f"{what}: {time.monotonic() - began:.1f} s")

    def _in_a_bar(self, what: str, total: int, unit: str, reads: int) -> Iterator[Advance]:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("[dim]{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("[dim]left"),
            TimeRemainingColumn(),
        )
        began, done = time.monotonic(), 0
        with Progress(*columns, console=self._console, transient=True) as self._bar:
            self._task = task = self._bar.add_task(what, total=total // reads, rate="")

            def advance(count: int) -> None:
                nonlocal done
                done += count
                rate = done / reads / max(time.monotonic() - began, 0.001)
                if self._bar is not None:
                    self._bar.update(task, completed=done // reads, rate=f"{rate:,.0f} {unit}/s")

            yield advance
        self._bar = self._task = None
        took = time.monotonic() - began
        self.say(f"{what}: {total // reads:,} {unit} in {took:.1f} s, {total / reads / max(took, 0.001):,.0f}/s")

    def _in_lines(self, what: str, total: int, unit: str, reads: int) -> Iterator[Advance]:
        began = written = time.monotonic()
        done = 0

        def line(now: float) -> str:
            rate = done / reads / max(now - began, 0.001)
            left = (total - done) / reads / rate if rate else 0
            return f"{what}: {done // reads:,} of {total // reads:,} {unit}, {rate:,.0f}/s, {left:.0f} s left"

        def advance(count: int) -> None:
            nonlocal done, written
            done += count
            if (now := time.monotonic()) - written >= LINE_SECONDS:
                written = now
                sys.stderr.write(line(now) + "\n")

        yield advance
        sys.stderr.write(line(time.monotonic()).rpartition(",")[0] + "\n")
