"""Does the tree keep its rules? `make check`: the same here and in CI, with nothing running.

Every check runs to its end beside the others; the output of those that fail is shown. Exit 1 if one failed.
"""

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from deploy.local.layout import ROOT

_BIN = Path(sys.executable).parent
_PYTHON = sys.executable


@dataclass(frozen=True)
class Check:
    """One rule and the program that holds it."""

    name: str
    command: tuple[str, ...]


CHECKS = (
    Check("lint", (str(_BIN / "ruff"), "check", "--quiet", ".")),
    Check("format", (str(_BIN / "ruff"), "format", "--check", "--quiet", ".")),
    Check("types", (str(_BIN / "mypy"),)),
    Check("imports", (str(_BIN / "lint-imports"), "--no-cache")),
    Check("schemas are current, and break nobody", (_PYTHON, "-m", "publishing.generate", "--check")),
    Check("HTTP interfaces are current", (_PYTHON, "-m", "publishing.interfaces", "--check")),
    Check(
        "compose file",
        (str(_BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "deploy/docker-compose.yml"),
    ),
    Check("Dockerfile", (str(_BIN / "hadolint"), "deploy/Dockerfile")),
    Check("settings are explained", (_PYTHON, "-m", "deploy.settings_check")),
)


async def _hold(check: Check) -> bool:
    started = time.monotonic()
    child = await asyncio.create_subprocess_exec(
        *check.command,
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await child.communicate()
    held = child.returncode == 0
    print(f"  {'ok  ' if held else 'FAIL'} {check.name} ({time.monotonic() - started:.1f} s)", flush=True)
    if not held:
        print(output.decode(errors="replace").rstrip(), flush=True)
    return held


async def _all() -> int:
    held = await asyncio.gather(*map(_hold, CHECKS))
    print(f"  {sum(held)} of {len(held)} rules held")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_all()))
