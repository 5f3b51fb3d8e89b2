"""How does the whole suite pass in a quarter of an hour? In two processes side by side: `python -m tests`.

The acceptance tests, on a stack of their own, mostly wait; the others run meanwhile. Both halves are pytest as anybody
would call it. The first half's output is shown as it comes, the second's when it has ended.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence

HALVES = (("tests", "--ignore=tests/acceptance"), ("tests/acceptance",))


def main(options: Sequence[str]) -> int:
    """Run both halves with pytest's options; return the worse of their exit codes."""
    with tempfile.TemporaryFile() as aside:
        first = subprocess.Popen([sys.executable, "-m", "pytest", *HALVES[0], *options])
        second = subprocess.Popen(
            [sys.executable, "-m", "pytest", *HALVES[1], *options], stdout=aside, stderr=subprocess.STDOUT
        )
        try:
            codes = [first.wait()]
            if second.poll() is None:
                print("the acceptance tests still run", flush=True)
            codes.append(second.wait())
        except KeyboardInterrupt:
            codes = [first.wait(), second.wait()]
        aside.seek(0)
        sys.stdout.write(aside.read().decode(errors="replace"))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
