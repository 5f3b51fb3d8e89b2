"""Is the tree still the table of contents? One place for each thing, no drawers, nothing too long to read."""

import ast
from pathlib import Path

import pytest

from tests.architecture.source import MADE_BY_TOOLS, PACKAGES, ROOT, SERVICES, functions, modules, tree

TOP_FOLDERS = {
    "benchmarks", "deploy", "docs", "operations", "publishing", "rehearsal", "requirements", "runtime", "schemas",
    "services", "tests", "web",
    "clients",  # what others install without the rest: a package of its own per language
}  # fmt: skip
TOP_FILES = {
    "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "SECURITY.md",
    "pyproject.toml",
}  # fmt: skip
DRAWERS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "core",
    "base",
    "manager",
    "managers",
    "misc",
    "lib",
    "shared",
}
ROOMS = {"__init__.py", "__main__.py", "app.py", "declaration.py", "domain", "projections", "adapters"}
SIDE_ROOMS = {"intake.py", "operators.py", "settings.py"}

LONGEST_FILE = 300
LONGER_FILES: dict[str, int] = {}
LONGEST_FUNCTION = 40
LONGER_FUNCTIONS = {
    ("services/billing/adapters/api.py", "router"): "a list of short endpoints around one edge",
    ("services/orders/adapters/api.py", "_add_orders"): "a list of short endpoints around one edge",
}

SOURCE = modules(*PACKAGES, "clients")
EVERYTHING = modules(*PACKAGES, "clients", "tests", "benchmarks")


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _long_functions() -> set[tuple[str, str]]:
    return {
        (str(path), function.name)
        for path in SOURCE
        for function in functions(path)
        if _length(function) > LONGEST_FUNCTION
    }


def _long_files() -> set[Path]:
    return {path for path in EVERYTHING if len((ROOT / path).read_text().splitlines()) > LONGEST_FILE}


class TestWhenOneLooksAtTheTree:
    def test_every_folder_and_file_at_the_top_is_a_known_one(self) -> None:
        found = [entry for entry in ROOT.iterdir() if not entry.name.startswith(".") and entry.suffix != ".egg-info"]
        assert {entry.name for entry in found if entry.is_dir()} - MADE_BY_TOOLS <= TOP_FOLDERS
        assert {entry.name for entry in found if entry.is_file()} <= TOP_FILES

    def test_nothing_is_named_as_a_drawer(self) -> None:
        assert [str(path) for path in EVERYTHING if DRAWERS & {*path.parts[:-1], path.stem}] == []

    @pytest.mark.parametrize("service", SERVICES)
    def test_every_service_has_the_same_rooms(self, service: str) -> None:
        entries = {entry.name for entry in (ROOT / "services" / service).iterdir()} - MADE_BY_TOOLS
        assert entries >= ROOMS
        assert entries <= ROOMS | SIDE_ROOMS

    def test_every_folder_with_modules_is_a_package(self) -> None:
        folders = {path.parent for path in SOURCE}
        assert [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").exists()] == []


class TestWhenOneOpensAModule:
    def test_it_opens_with_the_question_it_answers(self) -> None:
        named = [path for path in SOURCE if path.name not in {"__init__.py", "__main__.py"}]
        openings = {str(path): (ast.get_docstring(tree(path)) or "").partition("\n\n")[0] for path in named}
        assert [path for path, opening in openings.items() if "?" not in opening] == []

    def test_it_is_short_enough_to_read(self) -> None:
        assert _long_files() - LONGER_FILES.keys() == set()

    def test_its_functions_are_too(self) -> None:
        assert _long_functions() - LONGER_FUNCTIONS.keys() == set()

    def test_no_exception_outlives_its_reason(self) -> None:
        assert LONGER_FILES.keys() - _long_files() == set()
        assert LONGER_FUNCTIONS.keys() - _long_functions() == set()


class TestWhenOneReadsAQuery:
    def test_it_has_a_name_and_a_reason(self) -> None:
        unexplained = []
        for path in sorted((ROOT / "runtime/postgres/queries").glob("*.sql")):
            lines = path.read_text().splitlines()
            named = [number for number, line in enumerate(lines) if line.startswith("-- name: ")]
            unexplained += [f"{path.name}: {lines[n][9:]}" for n in named if not lines[n + 1].startswith("-- ")]
        assert unexplained == []
