"""Does deploy/.env.example explain every setting, and none that does not exist?"""

import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from types import ModuleType

from pydantic_settings import BaseSettings

from deploy.local.layout import ROOT, SERVICES

_EXAMPLE = ROOT / "deploy" / ".env.example"
_READERS = ("deploy", "runtime", "services", "operations", "tests", "benchmarks")


def main() -> int:
    """Name each setting that lacks a line, each line that lacks a reader, each line that lacks an explanation."""
    explained = dict(_explained())
    declared = set(_declared())
    wrong = [f"not in .env.example: {name}" for name in sorted(declared - explained.keys())]
    wrong += [f"nobody reads {name}" for name in sorted(explained.keys() - declared - set(_read_elsewhere()))]
    wrong += [f"no explanation above {name}" for name, text in explained.items() if not text]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


def _explained() -> Iterator[tuple[str, str]]:
    """Yield each setting of the example with the comment above it."""
    above = ""
    for line in _EXAMPLE.read_text().splitlines():
        named = re.match(r"#? ?(COTERM_\w+)=", line)
        if named:
            yield named[1], above
            above = ""
        else:
            above = line if line.startswith("#") else ""


def _declared() -> Iterator[str]:
    """Yield the environment name of every field of every settings class."""
    for module in _settings_modules():
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, BaseSettings) and kind is not BaseSettings:
                prefix = kind.model_config.get("env_prefix", "")
                yield from (f"{prefix}{field}".upper() for field in kind.model_fields)


def _settings_modules() -> Iterator[ModuleType]:
    for name in ("runtime.settings", *(f"services.{service}.settings" for service in SERVICES)):
        if (ROOT / f"{name.replace('.', '/')}.py").exists():
            yield importlib.import_module(name)


def _read_elsewhere() -> Iterator[str]:
    """Yield every setting that some source names to the letter."""
    for folder in _READERS:
        for path in (ROOT / folder).rglob("*.py"):
            yield from re.findall(r"COTERM_\w+", path.read_text())


if __name__ == "__main__":
    sys.exit(main())
