"""How does a test hold the compose file's stack? As a project of its own, in a folder of its own."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy import compose_secrets
from deploy.local.layout import ROOT

PROJECT = "coterm-check"
COMPOSE_FILE = ROOT / "deploy" / "docker-compose.yml"
# The compose file's ports may be another stack's.
_PORTS = {
    "kafka": 19092, "postgres": 5432, "mailpit": 8025,
    "orders": 8101, "billing": 8102, "provisioning": 8103, "notifications": 8104,
}  # fmt: skip


@dataclass(frozen=True)
class Stack:
    """The project: its folder stands for deploy/, with secrets and .env of its own."""

    folder: Path

    def __call__(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run one command of compose; `more` is said in its environment."""
        command = [
            "docker", "compose", "--project-name", PROJECT, "--project-directory", str(self.folder),
            "--file", str(COMPOSE_FILE), "--file", str(self.folder / "ports.yml"), *words,
        ]  # fmt: skip
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("COTERM_", "COMPOSE_"))
        }
        return subprocess.run(
            command, check=False, capture_output=True, text=True, env={**environment, **more}, stdin=subprocess.DEVNULL
        )

    def coterm(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the operators' command as they would, without a terminal."""
        return self("run", "--rm", "--no-TTY", "coterm", *words)

    def buy(self) -> subprocess.CompletedProcess[str]:
        """Buy once, as `make docker-demo` does."""
        return self("run", "--rm", "--no-TTY", "--entrypoint", "python -m rehearsal.demo.purchase", "coterm")

    def health(self) -> dict[str, str]:
        """Map each service that runs to what its health check says."""
        rows = [json.loads(line) for line in self("ps", "--format", "json").stdout.splitlines()]
        return {row["Service"]: row["Health"] for row in rows}

    def inspected(self, service: str) -> dict[str, Any]:
        """Return what the engine knows of a service's container."""
        number = self("ps", "--all", "--quiet", service).stdout.strip()
        done = subprocess.run(["docker", "inspect", number], check=True, capture_output=True, text=True)
        (found,) = json.loads(done.stdout)
        return dict(found)


def prepared(folder: Path, settings: str) -> Stack:
    """Put secrets, what deploy/.env would say, and ports of the machine's choice into a folder; start nothing."""
    compose_secrets.write(folder / "secrets")
    (folder / ".env").write_text(settings)
    ports = "".join(f'  {name}:\n    ports: !override ["127.0.0.1::{port}"]\n' for name, port in _PORTS.items())
    (folder / "ports.yml").write_text(f"services:\n{ports}")
    return Stack(folder)


@contextmanager
def running(folder: Path, settings: str) -> Iterator[Stack]:
    """Start everything with empty data; at the end nothing of it is left."""
    stack = prepared(folder, settings)
    stack("--profile", "*", "down", "--volumes")
    try:
        started = time.monotonic()
        up = stack("up", "--no-build", "--wait")
        assert up.returncode == 0, f"{up.stderr}\n{stack('logs', '--tail', '20').stdout}"
        print(f"healthy after {time.monotonic() - started:.1f} s")
        yield stack
    finally:
        stack("--profile", "*", "down", "--volumes")
