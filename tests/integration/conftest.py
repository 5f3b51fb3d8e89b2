"""Which PostgreSQL do the integration tests use? An own one with empty data, beside a developer's stack."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RUN = ROOT / ".run" / "integration"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def databases() -> Iterator[dict[str, dict[str, str]]]:
    """Start the server; map each database to the addresses of its roles (owner, app, rebuilder)."""
    _local("down")
    shutil.rmtree(RUN, ignore_errors=True)
    _local("up")
    described = json.loads((RUN / "endpoints.json").read_text())["postgres"]
    yield {name: roles for name, roles in described.items() if isinstance(roles, dict)}
    _local("down")


def _local(action: str) -> None:
    # In a process of its own, as a developer would: what it starts outlives the call.
    where = ("--only", "postgres", "--run-dir", str(RUN), "--port-offset", "3000")
    subprocess.run([sys.executable, "-m", "deploy.local", action, *where], cwd=ROOT, check=True)
