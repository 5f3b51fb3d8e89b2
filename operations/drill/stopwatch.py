"""How long did each step of a drill take, and what came of it? Told as it happens."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console


@dataclass(slots=True)
class Step:
    """One step, how long it took, and what it says of itself."""

    what: str
    seconds: float = 0.0
    result: str = ""


@dataclass(slots=True)
class Stopwatch:
    """The steps of a drill, each timed, and shown when it is done."""

    silent: bool = False
    steps: list[Step] = field(default_factory=list)
    doing: str = ""
    """The step that is being timed."""
    _lost_at: float = 0.0
    lost_for: float = 0.0

    @contextmanager
    def step(self, what: str) -> Iterator[Step]:
        """Time one step; what it says is set inside."""
        step, begun = Step(what), time.monotonic()
        self.doing = what
        if not self.silent and sys.stdout.isatty():
            with Console().status(f"… {what}", spinner="dots"):
                yield step
        else:
            yield step
        step.seconds = time.monotonic() - begun
        self.doing = ""
        self.steps.append(step)
        if not self.silent:
            sys.stdout.write(f"{step.seconds:7.1f} s  {what}{f': {step.result}' if step.result else ''}\n")
            sys.stdout.flush()

    def lost(self) -> None:
        """Note when the loss began."""
        self._lost_at = time.monotonic()

    def back(self) -> None:
        """Note when everything was back."""
        self.lost_for = time.monotonic() - self._lost_at
