"""How does the whole suite pass in twenty minutes? In two lanes side by side: `python -m tests`.

The tests on running stacks mostly wait: the others run meanwhile. Each call of a lane is pytest as anybody would call
it, and begins when the one before has ended. The first lane's output is shown as it comes, the second's at the end.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO

# Each call has stacks of its own; faults and replays share one.
RUNNING = (("tests/acceptance",), ("tests/browser",), ("tests/faults", "tests/replay"))
# tests/containers needs Docker: make docker-check.
OTHERS = ("tests", "--ignore=tests/containers", *(f"--ignore={folder}" for folders in RUNNING for folder in folders))
INTERRUPTED = (2, 130)  # told so by pytest, or by its end before it could tell


def main(options: Sequence[str]) -> int:
    """Run both lanes with pytest's options; return the worst of their exit codes."""
    with tempfile.TemporaryFile() as aside, ThreadPoolExecutor(1) as lane:
        running = lane.submit(_one_by_one, RUNNING, options, aside)
        worst = _pytest([*OTHERS, *options])
        if not running.done():
            print("the tests on running stacks still run", flush=True)
        worst = max(worst, running.result())
        aside.seek(0)
        sys.stdout.write(aside.read().decode(errors="replace"))
    return worst


def _one_by_one(calls: Sequence[Sequence[str]], options: Sequence[str], output: IO[bytes]) -> int:
    worst = 0
    for folders in calls:
        worst = max(worst, _pytest([*folders, *options], output))
        if worst in INTERRUPTED:
            break
    return worst


def _pytest(arguments: Sequence[str], output: IO[bytes] | None = None) -> int:
    """Run pytest to its end and return its exit code, a shell's for a signal. Ctrl-C reaches it as it reaches us."""
    with subprocess.Popen([sys.executable, "-m", "pytest", *arguments], stdout=output, stderr=output) as process:
        while True:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                continue
            return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
