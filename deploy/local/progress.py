"""What does a start show while one waits, and when it fails?"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_EVERY_SECONDS = 5.0


class StackFailure(Exception):
    """Something the operator must read; `hint` holds the next command or the last lines of a log."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint

    def __str__(self) -> str:
        what = super().__str__()
        return f"{what}\n{self.hint}" if self.hint else what


def tell(name: str, text: str) -> None:
    """Print one plain line, at once, also where no terminal is."""
    print(f"  {name:<14} {text}", flush=True)


@asynccontextmanager
async def step(name: str, doing: str) -> AsyncIterator[None]:
    """Tell that a step begins, that it still goes on, and how long it took.

    On an error the line says so and the error goes on its way.
    """
    started = time.monotonic()
    tell(name, f"{doing} ...")

    async def still_there() -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            tell(name, f"still {doing} ({time.monotonic() - started:.0f} s)")

    heartbeat = asyncio.create_task(still_there())
    try:
        yield
    except BaseException:
        tell(name, f"failed after {time.monotonic() - started:.1f} s")
        raise
    finally:
        heartbeat.cancel()
    tell(name, f"ready in {time.monotonic() - started:.1f} s")
