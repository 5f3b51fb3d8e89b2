"""What do the services answer over HTTP, and mail? docs/openapi/, docs/problems.md and docs/mails.md.

`python -m publishing.interfaces` writes them, with --check it says which are out of date. Nothing needs to run: the
documents are made from the routes, behind an edge that leads nowhere, and the mails from their examples.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from fastapi import FastAPI
from pydantic import SecretStr

from operations.surroundings import SERVICES
from publishing.mails import PAGE, mails_page
from publishing.problems import PAGE as PROBLEMS
from publishing.problems import problems_page
from runtime.edge import Edge
from runtime.repair.set_aside import Repairs
from runtime.settings import Settings
from runtime.web import create_app
from runtime.web.openapi import describe
from runtime.web.repairs import with_repairs
from runtime.web.subject import Subject, with_subject

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("docs/openapi")


class _Asleep:
    """A process that is never asked how it is."""

    def alive(self) -> str | None:
        return None

    def ready(self) -> str | None:
        return None

    def waits(self) -> str | None:
        """Say nothing is held."""
        return None


def application(service: str) -> FastAPI:
    """Return a service's HTTP application, behind which is nothing."""
    unset = Settings.model_construct(lookup_key=SecretStr("00" * 32))  # whatever this process's environment says
    edge = cast(Edge, SimpleNamespace(settings=unset))
    router = importlib.import_module(f"services.{service}.adapters.api").router(edge)
    routes = with_subject(with_repairs(router, cast(Repairs, None)), cast(Subject, None))
    return create_app(service, edge, routes, _Asleep())


def described(service: str) -> dict[str, Any]:
    """Return the OpenAPI document that a service serves."""
    return describe(application(service))


def write(root: Path = ROOT) -> Iterator[Path]:
    """Write the documents that differ, and yield the path of each."""
    for path, text in _documents().items():
        if _read(root / path) != text:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
            yield path


def check(root: Path = ROOT) -> Iterator[str]:
    """Say which documents are out of date, and what to do about it."""
    for path, text in _documents().items():
        if _read(root / path) != text:
            yield f"{path} is not what the services say: run `make schemas` and commit the result."


def main(arguments: list[str] | None = None) -> int:
    """Write the documents, or with --check say which are out of date; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m publishing.interfaces", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is out of date")
    if not parser.parse_args(arguments).check:
        for path in write():
            print(f"wrote {path}")
    complaints = list(check())
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


@cache
def _documents() -> dict[Path, str]:
    openapi = {
        FOLDER / f"{service}.json": json.dumps(described(service), indent=2, ensure_ascii=False) + "\n"
        for service in SERVICES
    }
    return {**openapi, PROBLEMS: problems_page(), PAGE: mails_page()}


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
