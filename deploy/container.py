"""What does the image's one command run?

`orders`, `billing`, `provisioning` or `notifications` runs that service, `shop`, `panel` or `desk` that screen; `init`
makes databases, roles and topics; anything else goes to the operators' command. Secret settings come as NAME=value
lines from one mounted file.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from deploy import databases
from deploy.local.kafka import has_topics
from deploy.local.layout import SCREENS, SERVICES

_SECRETS = Path("/run/secrets")
_MODULES = {
    **{name: f"services.{name}" for name in SERVICES},
    **{name: f"web.{name}" for name in SCREENS},
}


def main() -> None:
    """Become what the command line names."""
    words = sys.argv[1:] or ["--help"]
    if words == ["init"]:
        admin = (_SECRETS / "postgres-admin").read_text().strip()
        host = os.environ["COTERM_POSTGRES_HOST"]
        passwords = json.loads((_SECRETS / "roles").read_text())
        asyncio.run(initialise(f"postgresql://postgres:{admin}@{host}/postgres", passwords))
        return
    module = _MODULES.get(words[0], "rehearsal.cli")
    arguments = words[1:] if words[0] in _MODULES else words
    environment = {**read_settings(_SECRETS / "settings"), **os.environ}
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], environment)  # noqa: S606 (no shell is wanted)


def read_settings(path: Path) -> dict[str, str]:
    """Read NAME=value lines; a file that is not mounted holds none."""
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in lines}


async def initialise(admin_dsn: str, passwords: dict[str, str]) -> None:
    """Create what is missing of the databases, the roles and the topics, then end.

    Raises SystemExit when Kafka can't hold the topics.
    """
    await databases.provision(admin_dsn, passwords)
    for _ in range(60):
        if await has_topics(os.environ["COTERM_KAFKA"]):
            return
        await asyncio.sleep(1)
    raise SystemExit("Kafka does not hold the topics after a minute")


if __name__ == "__main__":
    main()
