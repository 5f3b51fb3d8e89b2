"""What does a folding process load before it folds? Nothing of what only services and operators' commands need."""

import subprocess
import sys

UNNEEDED = ("structlog", "rich", "pydantic_settings", "runtime.settings", "operations.surroundings")
STARTED = "import sys, operations.rebuild.folding as f; f.declared('orders'); print(*sys.modules)"


class TestWhenAFoldingProcessStarts:
    def test_it_loads_no_settings_and_no_log(self) -> None:
        loaded = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True).stdout
        assert [name for name in UNNEEDED if name in loaded.split()] == []
