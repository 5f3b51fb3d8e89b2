"""Does a process end where a test wants it to, and nowhere else?"""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runtime import failpoints
from runtime.errors import SettingsRefused

ROOT = Path(__file__).parents[3]


def _ran(failpoint: str | None) -> tuple[int, str]:
    program = (
        "from runtime import failpoints\n"
        f"failpoints.arm({failpoint!r})\n"
        "for turn in range(3):\n"
        "    failpoints.reached('relay.read')\n"
        "    failpoints.reached('relay.sent')\n"
        "    print(turn, flush=True)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout.replace("\n", "")


class TestWhenAProcessIsArmed:
    def test_it_kills_itself_at_the_step(self) -> None:
        assert _ran("relay.sent") == (-signal.SIGKILL, "")

    def test_it_kills_itself_at_the_nth_time(self) -> None:
        assert _ran("relay.sent:3") == (-signal.SIGKILL, "01")

    def test_an_unknown_step_is_refused(self) -> None:
        with pytest.raises(SettingsRefused, match="no step is named"):
            failpoints.arm("relay.elsewhere")


class TestWhenItIsNot:
    def test_nothing_happens(self) -> None:
        assert _ran(None) == (0, "012")


class TestWhenOneLooksForTheSteps:
    def test_each_stands_in_the_code_once(self) -> None:
        modules = [path for folder in ("runtime", "operations") for path in (ROOT / folder).rglob("*.py")]
        text = "".join(path.read_text() for path in modules)
        placed = re.findall(r"""failpoints\.reached\(["']([a-z_.]+)["']\)""", text)
        assert sorted(placed) == sorted(failpoints.NAMES)
