"""How does a command answer? In JSON for a program, else in lines for a person, broken between words on a terminal."""

import json
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import typer
from rich.console import Console

from operations.status.standing import instant

NOTHING_CHANGED = "nothing was changed: say --yes to do it"

HANGING = 4
"""So far in stands what goes on from the line above."""


def answer(found: Any, lines: Iterable[str], *, as_json: bool, drawn: Callable[[Console], None] | None = None) -> None:
    """Write what was found to standard output: whole as JSON where that was asked for, else as these lines.

    What can be drawn is drawn instead on a terminal.
    """
    is_terminal = sys.stdout.isatty()
    if as_json:
        typer.echo(json.dumps(found, default=str, indent=2 if is_terminal else None))
    elif is_terminal and drawn is not None:
        drawn(Console(highlight=False))
    else:
        for line in lines:
            say(line)


def fail(*, when: bool) -> None:
    """End with exit code 1, after what was answered, when something is not as it should be."""
    if when:
        raise typer.Exit(1)


def say(text: str, *, err: bool = False) -> None:
    """Write lines to standard output, or to standard error."""
    if (sys.stderr if err else sys.stdout).isatty():
        width = shutil.get_terminal_size().columns
        text = "\n".join(folded(line, width) for line in text.split("\n"))
    typer.echo(text, err=err)


def in_words(value: Any) -> str:
    """Write a value as JSON does, texts bare: nothing of Python shows."""
    if isinstance(value, datetime):
        return instant(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def folded(line: str, width: int) -> str:
    """Break a line between words; an id that is longer than the terminal stays whole, to be copied."""
    indent = len(line) - len(line.lstrip()) + HANGING
    return textwrap.fill(line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)
