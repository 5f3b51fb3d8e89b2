"""How does a test work as an operator? It gives the command `coterm` its words, and looks at what that says."""

import asyncio
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.cli import main


@dataclass(frozen=True)
class Said:
    """What the command wrote, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one sentence in which it says what went wrong; the log may stand beside it."""
        (said_line,) = [line for line in self.err.splitlines() if line.startswith("coterm: ")]
        return said_line.removeprefix("coterm: ")

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Coterm:
    """The command `coterm`, for one stack; in this process, since a new one takes seconds to begin."""

    endpoints: Path

    async def __call__(self, *words: str) -> Said:
        # In a thread, because each command runs a loop of its own.
        return await asyncio.to_thread(self.say, *words)

    def say(self, *words: str) -> Said:
        out, err, code = io.StringIO(), io.StringIO(), 0
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main([*words, "--endpoints", str(self.endpoints)])
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 1
        return Said(code, out.getvalue(), err.getvalue())
