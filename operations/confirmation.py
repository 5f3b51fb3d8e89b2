"""Does the operator mean it? In production, what destroys anything is done only after its name was typed.

And Ctrl-C is an answer, too: it is told what stands then.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from operations.surroundings import OperationFailed, Surroundings


def confirm(where: Surroundings, name: str, what: str) -> None:
    """Ask for a name to be typed, in production only. Raises OperationFailed when it is not."""
    if not where.is_production:
        return
    sys.stderr.write(f"this is production: {what}.\nType {name} to go on: ")
    sys.stderr.flush()
    typed = sys.stdin.readline()
    if not (sys.stdin.isatty() and typed.endswith("\n")):
        sys.stderr.write("\n")  # nobody's Enter ended the line
    if typed.strip() != name:
        raise OperationFailed(f"{name} was not typed: nothing was done")


@contextmanager
def interrupted(then: str) -> Iterator[None]:
    """Say after Ctrl-C what stands then. Raises OperationFailed."""
    try:
        yield
    except KeyboardInterrupt:
        raise OperationFailed(f"interrupted: {then}") from None
