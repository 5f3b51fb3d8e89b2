"""Which programs does the local stack need from the machine, and how do they get there?"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from deploy.local.progress import StackFailure, tell

OLDEST_JAVA = 17


def java() -> Path:
    """Find a Java of version 17 or newer: $JAVA_HOME, then the path; as root on Debian, install it.

    Raises StackFailure, naming the command that installs one.
    """
    for _ in range(2):
        home = os.environ.get("JAVA_HOME")
        for candidate in (Path(home, "bin", "java") if home else None, shutil.which("java")):
            if candidate and Path(candidate).exists() and java_version(Path(candidate)) >= OLDEST_JAVA:
                return Path(candidate)
        _install("Java 17 or newer", "default-jre-headless")
    raise StackFailure("no Java 17 or newer after installing it; set JAVA_HOME")


def java_version(program: Path) -> int:
    """Read the major version a Java tells about itself; 0 if it tells none."""
    output = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    found = re.search(r'version "(?:1\.)?(\d+)', output)
    return int(found[1]) if found else 0


def maven() -> str:
    """Find Maven; as root on Debian, install it.

    Raises StackFailure, naming the command that installs it.
    """
    for _ in range(2):
        found = shutil.which("mvn")
        if found:
            return found
        _install("Maven", "maven")
    raise StackFailure("no Maven after installing it")


def chromium() -> str:
    """Find Debian's Chromium; as root, install it.

    Raises StackFailure, naming the command that installs it.
    """
    for _ in range(2):
        found = shutil.which("chromium") or shutil.which("chromium-browser")
        if found:
            return found
        _install("Chromium", "chromium")
    raise StackFailure("no Chromium after installing it")


def docker() -> str:
    """Find Docker with its compose plug-in; as root on Ubuntu, install them.

    Raises StackFailure, naming the command that installs them.
    """
    for _ in range(2):
        found = shutil.which("docker")
        if found and _succeeds(found, "compose", "version"):
            return found
        if not (shutil.which("apt-cache") and _succeeds("apt-cache", "show", "docker-compose-v2")):
            raise StackFailure("Docker with compose is missing: curl -fsSL https://get.docker.com | sudo sh")
        _install("Docker with compose", "docker.io docker-compose-v2")
    raise StackFailure("no Docker with compose after installing it")


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603


def _install(what: str, packages: str) -> None:
    apt = shutil.which("apt-get")
    if not apt:
        raise StackFailure(
            f"{what} is missing: install it (macOS: brew install openjdk maven), or, with Docker: make docker-up"
        )
    command = f"apt-get install -y --no-install-recommends {packages}"
    if os.geteuid() != 0:
        raise StackFailure(f"{what} is missing: sudo {command}   (or, with Docker: make docker-up)")
    tell("machine", f"{what} is missing: running {command}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([apt, "update", "-q"], env=quiet, check=False, capture_output=True)  # noqa: S603
    done = subprocess.run([apt, *command.split()[1:]], env=quiet, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode != 0:
        raise StackFailure(f"{command} failed", done.stderr[-2000:])
