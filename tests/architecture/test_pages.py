"""Does what the pages name exist? A reader follows each path, function and test that they point to."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT

PAGES = [
    str(path.relative_to(ROOT))
    for folder in (".", "docs", "docs/runbooks", "benchmarks", "clients/python")
    for path in sorted((ROOT / folder).glob("*.md"))
    if path.name not in {"CHANGELOG.md", "events.md"}
]
"""All but what tells of the past (the changelog, docs/decisions) and what is written from the models."""
FOLDERS = (*PACKAGES, "tests", "docs", "clients", "requirements", "benchmarks")
MADE = re.compile(r"deploy/(\.env|secrets/\S*)$")
"""What `make docker-up` makes, and no checkout has."""
PATTERN = re.compile(r"[<>*{}…]")
"""What stands for many names: `services/<name>/`."""
TABLES = "\n".join(path.read_text() for path in sorted((ROOT / "runtime/postgres/sql/service").glob("*.sql")))
"""The schema `runtime` of a service's database has tables and functions that pages name too."""


def _quoted(page: str) -> list[str]:
    prose = re.sub(r"```.*?```", "", (ROOT / page).read_text(), flags=re.DOTALL)
    return [name for name in re.findall(r"`([^`\n]+)`", prose) if not PATTERN.search(name)]


def _named_in(file: Path, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", file.read_text()) is not None


def _dotted(page: str) -> Iterator[tuple[str, ...]]:
    for name in _quoted(page):
        if re.fullmatch(rf"({'|'.join(PACKAGES)})(\.\w+)+", name) and not name.endswith(".events"):
            yield tuple(name.split("."))


def _exists(parts: tuple[str, ...]) -> bool:
    """Tell whether a dotted name leads to a module and something that stands in it, or to a table."""
    if ".".join(parts) in TABLES:
        return True
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        file = place.with_suffix(".py") if place.with_suffix(".py").exists() else place / "__init__.py"
        if file.exists():
            return all(_named_in(file, name) for name in parts[length:])
    return False


@pytest.mark.parametrize("page", PAGES)
class TestWhenAPageNamesSomething:
    def test_each_path_is_there(self, page: str) -> None:
        paths = [name for name in _quoted(page) if re.match(rf"({'|'.join(FOLDERS)})/\S*$", name)]
        assert [path for path in paths if not MADE.match(path) and not (ROOT / path).exists()] == []

    def test_each_link_leads_somewhere(self, page: str) -> None:
        links = re.findall(r"\]\((?!https?:)([^)#\s]+)", (ROOT / page).read_text())
        assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []

    def test_each_name_with_its_module_stands_in_it(self, page: str) -> None:
        assert [".".join(parts) for parts in _dotted(page) if not _exists(parts)] == []


class TestWhenAGuaranteeNamesItsTests:
    def test_each_stands_in_the_file_before_it(self) -> None:
        missing = []
        for row in re.findall(r"^\| \*\*\d+ .*$", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE):
            file = ROOT
            for name in re.findall(r"`([^`]+)`", row.rsplit("|", 2)[1]):
                if name.startswith("tests/"):
                    file = ROOT / name
                elif name.lower().startswith("test") and not _named_in(file, name):
                    missing.append(f"{file.name}: {name}")
        assert missing == []
