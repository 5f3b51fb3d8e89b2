"""Which processes are ours, are they alive, and how do they end?

A pid file holds the pid and the moment the process was born, so that a number given anew to a stranger is never
touched.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.layout import ROOT, Layout
from deploy.local.progress import StackFailure

_LOG_LINES = 30


def _born(pid: int) -> str | None:
    """Tell a live process's birth as text that no later process with the same pid shares; None if it is gone."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in {"Z", "X"} else fields[19]
    found = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return found.stdout.strip() or None


@dataclass(frozen=True)
class Process:
    """One named process of the stack."""

    layout: Layout
    name: str

    @property
    def _file(self) -> Path:
        return self.layout.run / "pids" / f"{self.name}.json"

    def pid(self) -> int | None:
        """Return the pid while the process that we started lives."""
        try:
            noted = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return None
        return noted["pid"] if _born(noted["pid"]) == noted["born"] else None

    def start(self, command: Sequence[str], environment: Mapping[str, str], **how: object) -> None:
        """Start the command detached from this terminal, its output appended to the log."""
        log = self.layout.log(self.name)
        with log.open("ab") as output:
            child = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603
                list(command), env=dict(environment), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True, **how,
            )  # fmt: skip
        self._file.write_text(json.dumps({"pid": child.pid, "born": _born(child.pid)}))

    async def wait_until(self, ready: Callable[[], Awaitable[bool]], seconds: float) -> None:
        """Wait until `ready` says so.

        Raises StackFailure, with the end of the log, when the process dies or the time is over.
        """
        until = time.monotonic() + seconds
        while not await ready():
            if self.pid() is None:
                raise StackFailure(f"{self.name} ended while starting", self.last_lines())
            if time.monotonic() > until:
                raise StackFailure(f"{self.name} was not ready after {seconds:.0f} s", self.last_lines())
            await asyncio.sleep(0.05)

    async def stop(self, with_signal: signal.Signals = signal.SIGTERM, seconds: float = 20.0) -> bool:
        """End the process, in peace if it can; tell whether there was one."""
        pid = self.pid()
        if pid is None:
            self._file.unlink(missing_ok=True)
            return False
        for sign, patience in ((with_signal, seconds), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            until = time.monotonic() + patience
            while self.pid() is not None and time.monotonic() < until:  # noqa: ASYNC110 (no child of ours to await)
                await asyncio.sleep(0.02)
            if self.pid() is None:
                break
        self._file.unlink(missing_ok=True)
        return True

    def last_lines(self) -> str:
        """Return the end of the log, indented, under its path."""
        log = self.layout.log(self.name)
        try:
            lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        except OSError:
            lines = []
        return "\n".join([f"  last lines of {log}:", *(f"    {line}" for line in lines)])
