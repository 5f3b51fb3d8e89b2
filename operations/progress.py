"""How far is a long work, and when does it end? A bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

Advance = Callable[[int], None]
"""Say that so many more are done."""

_LINE_SECONDS = 10.0


@contextmanager
def progress(what: str, total: int, unit: str, *, silent: bool = False) -> Iterator[Advance]:
    """Show on standard error how far a work of `total` units is; say nothing when `silent`."""
    if silent:
        yield lambda _: None
    elif sys.stderr.isatty():
        yield from _bar(what, total, unit)
    else:
        yield from _lines(what, total, unit)


@contextmanager
def phase(what: str, *, silent: bool = False) -> Iterator[None]:
    """Show on a terminal what is being done, where nothing can be counted."""
    if silent or not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(what):
        yield


def _bar(what: str, total: int, unit: str) -> Iterator[Advance]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(unit), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=max(total, 1), completed=0 if total else 1)
        yield lambda count: bar.advance(task, count)


def _lines(what: str, total: int, unit: str) -> Iterator[Advance]:
    begun = told = time.monotonic()
    done = 0

    def advance(count: int) -> None:
        nonlocal done, told
        done += count
        now = time.monotonic()
        if now - told >= _LINE_SECONDS:
            told, rate = now, done / (now - begun)
            left = f", {(total - done) / rate:.0f} s left" if rate and total > done else ""
            sys.stderr.write(f"{what}: {done:,} of {total:,} {unit}, {rate:,.0f}/s{left}\n")

    yield advance


class _Rate(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """Write the rate so far."""
        return Text(f"{task.speed:,.0f} {self._unit}/s" if task.speed else "", style="dim")
