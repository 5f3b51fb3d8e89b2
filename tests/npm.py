"""Where does a test find a program of Node's? Installed once per lock under .run/, so that later runs need no net."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.local.layout import ROOT

_QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")


def installed(what: Path) -> Path:
    """Install what a folder's lock names; return where its `node_modules` lies.

    Skips where a developer has no Node, or no net the first time; in CI the test fails.
    """
    lock = what / "package-lock.json"
    folder = ROOT / ".run" / what.name / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if shutil.which("node") is None or shutil.which("npm") is None:
        _missing(f"{what.name} needs node and npm")
    if not (folder / "installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", lock.name):
            shutil.copy(what / name, folder)
        done = subprocess.run(["npm", "ci", *_QUIET], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            _missing(f"npm can't install {what.name}: {done.stderr[-1000:]}")
        (folder / "installed").touch()
    return folder


def _missing(why: str) -> None:
    (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
