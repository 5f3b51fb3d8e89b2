"""How is a line written for a person? Broken between words on a terminal, whole elsewhere."""

import json
import shutil
import sys
import textwrap
from datetime import datetime
from typing import Any

import typer

from operations.status.standing import instant

HANGING = 4
"""So far in stands what goes on from the line above."""


def say(text: str) -> None:
    """Write lines to standard output."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        text = "\n".join(folded(line, width) for line in text.split("\n"))
    typer.echo(text)


def in_words(value: Any) -> str:
    """Write a value as JSON does, texts bare: nothing of Python shows."""
    if isinstance(value, datetime):
        return instant(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def folded(line: str, width: int) -> str:
    """Break a line between words; an id that is longer than the terminal stays whole, to be copied."""
    indent = len(line) - len(line.lstrip()) + HANGING
    return textwrap.fill(line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)
