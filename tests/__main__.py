"""How does the whole suite pass in a quarter of an hour? In two processes side by side: `python -m tests`.

What is damaged, killed and taken over mostly waits for processes to start and end; the acceptance tests, on another
stack, and all that needs none run meanwhile. Both halves are pytest as anybody would call it. The first half's output
is shown as it comes, the second's when it has ended.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence

ROUGH = ("tests/contract/kafka", "tests/faults", "tests/integration", "tests/replay")
HALVES = (("tests", *(f"--ignore={folder}" for folder in ROUGH)), ROUGH)


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
                print("the tests of faults still run", flush=True)
            codes.append(second.wait())
        except KeyboardInterrupt:
            codes = [first.wait(), second.wait()]
        aside.seek(0)
        sys.stdout.write(aside.read().decode(errors="replace"))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
