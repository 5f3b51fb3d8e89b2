"""How does a test get a stack of its own? Empty, started and stopped as a developer would, alone in its folder."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.layout import ROOT, Layout

START_SECONDS = 600


@contextmanager
def own_stack(
    layout: Layout, environment: Mapping[str, str] = {}, parts: Sequence[str] = ("infra", "services")
) -> Iterator[Path]:
    """Start a stack with empty data, with settings besides the usual ones; give the folder that describes it."""
    layout.prepare()
    with _alone(layout.run.with_suffix(".lock")):
        _stack(layout, "down", {})
        shutil.rmtree(layout.run)
        try:
            _stack(layout, "up", environment, "--only", ",".join(parts))
            yield layout.run
        finally:
            _stack(layout, "down", {})


def _stack(layout: Layout, action: str, environment: Mapping[str, str], *options: str) -> None:
    """Start or stop as a developer would; fail with what that printed."""
    where = ["--run-dir", str(layout.run), "--port-offset", str(layout.port_offset)]
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local", action, *where, *options],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )
    if done.returncode:
        pytest.fail(f"the stack in {layout.run.name}: {action} failed\n{done.stdout}{done.stderr}")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let no second session of this checkout pull the stack from under the first."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.exit("the same tests of this checkout already run elsewhere", returncode=1)
        yield
